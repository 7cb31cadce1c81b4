"""What an uploaded file may measure, and the sentences that say why one may not come in."""

KB, MB = 1024, 1024 * 1024
LARGEST_FILE = 300 * MB
MOST_PARTS = 5_000
LARGEST_DIRECTORY = 4 * MB
LARGEST_INFLATED = 1024 * MB
LARGEST_RATIO = 100
RATIO_MATTERS_ABOVE = 8 * MB
LARGEST_EMBEDDED = 32 * MB
LARGEST_RELATIONSHIPS = 8 * MB
MOST_PIXELS = 50_000_000
LONGEST_FIELD = 2_000
BLOCK = 256 * KB

DAMAGED = "文件已损坏或没有传完整，请在本机打开检查，另存后重新上传。"
ENCRYPTED = "文件设有密码或加了密，系统无法查看和归档。请去掉密码后重新上传。"
MACROS = "文件里带有宏，为了安全不能上传。请另存为不带宏的格式（.pptx、.docx 或 .xlsx）后重新上传。"
DDE = "文件里带有会启动其他程序的链接（DDE），不能上传。请删除这个域或断开链接后重新上传。"
BOMB = "文件解压后大得异常，疑似压缩炸弹，不能上传。请检查文件来源，重新制作后上传。"
NESTED = "文件里夹带了压缩包“{part}”，不能上传。请把其中的内容取出来单独上传。"
PROGRAM = "文件里夹带了程序“{part}”，不能上传。请删除该对象后重新上传。"
POLYGLOT = "文件里混入了另一种格式的内容，无法确认它究竟是什么，不能上传。请用原来的软件打开并另存后重新上传。"
EXTERNAL = "文件里引用了外部的{what}：{target}。请改为把内容嵌入文件，或断开这个链接后重新上传。"
PDF_SCRIPT = "PDF 里带有脚本或会启动程序的动作，不能上传。请用“打印为 PDF”的方式重新生成后上传。"
PDF_UNUSUAL = "PDF 的内部写法很少见，无法确认其中没有脚本，不能上传。请用“打印为 PDF”的方式重新生成后上传。"
TOO_MANY_PIXELS = f"图片太大了，像素总数不能超过 {MOST_PIXELS // 10_000} 万。请缩小后重新上传。"
WEB_PAGE = "这是一个网页文件，只是改了名字，不能上传。请上传{allowed}。"
MISMATCH = "文件名是“.{extension}”，内容却是{actual}。请核对后用正确的文件重新上传。"
