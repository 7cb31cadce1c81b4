"""What the guide says: one sheet for each part people play."""

from dataclasses import dataclass

from portal.people.models import Role

OFFICE = "会议秘书（专班办公室）"
ADMINISTRATOR = "系统管理员"


@dataclass(frozen=True)
class Step:
    """One step: what to do, where, and how it is done."""

    title: str
    path: str
    how: str


@dataclass(frozen=True)
class Sheet:
    """Everything one part needs to know, on one screen."""

    code: str
    title: str
    comes_to: str
    steps: tuple[Step, ...]
    ask: str
    keys: tuple[tuple[str, str], ...] = ()
    role: Role | None = None  # the account role that plays it; None for a part in one meeting or course


KEYS_OF_ALL = (
    ("/", "把光标移到搜索框"),
    ("Esc", "关闭打开的菜单或对话框"),
    ("Ctrl + Enter", "在多行文字中直接提交"),
)
ORDERING = ("↑ ↓ Home End", "选中行首手柄后，移动这一行")

SHEETS = (
    Sheet(
        "secretary", "会议秘书", "排议程、发通知、组织签到，记录并起草纪要，把任务交办出去。",
        (
            Step("看本周会务", "/week", "散会后下次会议自动建好；缺什么、谁还欠着，一行一个按钮，只提醒欠着的人。"),
            Step("排议程", "/meetings", "采纳的申报一次列入，按类别排位；回车添加下一项，拖动排序，可以撤销。"),
            Step("请审定、发通知", "/week", "主持人审定后发通知；通知页有 PDF、Word 和群里用的文字。"),
            Step("开会、签到、记录", "/meetings", "点“开会”“全部到会”，再登记没到的；一行记一条，写“议定：”“交办：”。"),
            Step("散会、改纪要、送审", "/minutes", "点“散会”，初稿自动生成；可用 Word 改、征求意见；送审、签完印发。"),
            Step("盯住交办事项", "/actions", "在台账中看未签收、临期和逾期的任务，处理退办和延期申请。"),
        ),
        ADMINISTRATOR, (ORDERING, ("Enter", "在议程末行保存并新起一行")), Role.secretary,
    ),
    Sheet(
        "officer", "首席服务官", "确认参会，申报议题，替企业反映问题，按时办好交办事项。",
        (
            Step("先看“我的工作”", "/", "要您办的都在这里：待确认的会议、到期的任务、待补的材料。"),
            Step("确认参会或请假", "/meetings", "打开会议，确认参会、请假或安排代会；“日历订阅”让会议自动进手机日历。"),
            Step("上报企业问题", "/enterprises", "打开您服务的企业，点“上报问题”；匹配、上会和办理情况随时可查。"),
            Step("申报议题", "/meetings", "在截止时间前申报；过了截止时间的标为临时议题，由会议秘书决定。"),
            Step("签收、报进展、申请办结", "/actions", "先签收；办理中报进展、附佐证；办完申请办结，由督查员销号。"),
        ),
        OFFICE, (), Role.officer,
    ),
    Sheet(
        "chair", "主持人、市级领导", "审定议程，主持会议，在会议记录上签字。",
        (
            Step("看将要开的会", "/", "“我的工作”列出由您主持的会议和等您签字的文件。"),
            Step("审定议程", "/", "会议秘书请您审定后，在“我的工作”里一点即审定；点开会议可以先看议题和时间预算。"),
            Step("开会、散会", "/meetings", "点“开会”开始；每项议题有了结果，才能散会。"),
            Step("签会议记录", "/meetings", "会后在记录页核对，输入签名口令签字。"),
            Step("看落实情况", "/actions", "在台账中按部门看办理情况；需要终止的任务由您写明理由后终止。"),
        ),
        OFFICE, (), Role.leader,
    ),
    Sheet(
        "lecturer", "主讲人", "知道什么时候讲什么，按时提交课件，讲好一课。",
        (
            Step("确认主讲", "/courses", "收到邀请后打开课程页确认；讲不了的写明理由谢绝，或点“请人代讲”。"),
            Step("照备课清单准备", "/courses", "课程页写明何时何地、讲多久、谁来听、还差什么；可以加入日历。"),
            Step("按时提交课件", "/courses", "上传课件并勾选保密自查；过了时限只能由会议秘书代为提交。"),
            Step("签保密自查、按意见修改", "/courses", "逐页核对后签署；被退改的改好再传一版，并重新签署。"),
            Step("讲完以后", "/library", "写一页纸摘要，审核后供同事向企业宣讲；听课反馈在课程页查看。"),
        ),
        OFFICE, (("← →", "预览课件时翻页"),),
    ),
    Sheet(
        "planner", "讲业务安排", "会议秘书安排一季的课程：讲什么、谁来讲、哪次会讲。",
        (
            Step("建计划、加课程", "/courses", "点“添加多讲”，从 Excel 整块粘贴；“规划”里写明还缺哪些领域和月份。"),
            Step("定主讲人", "/rota", "按轮值一键邀请；有人谢绝时系统提出下一位；可以对调、请人代讲、暂停轮值。"),
            Step("排课、发布", "/courses", "在“排课”里把课程拖到会议上；发布后才写进议程，只通知有变更的主讲人。"),
            Step("催课件", "/courses", "“排课”下方一键提醒没有交的主讲人；到期前和当天系统也会自动提醒。"),
            Step("讲完以后", "/library", "课程入库，审核一页纸摘要；学时按签到自动计算，可导出 Excel。"),
        ),
        OFFICE,
    ),
    Sheet(
        "recorder", "记录人", "会上逐项记下发言和议定事项，会后签字。",
        (
            Step("打开会议记录", "/meetings", "在会议页点“进入会议记录”；写一行，按 Ctrl+回车，光标回到原处。"),
            Step("边听边记", "/meetings", "“姓名：”开头记下谁说的；断网、登录过期时写的都还在，恢复后自动送出。"),
            Step("记下议定事项", "/meetings", "以“议定：”开头，一句一条，纪要初稿就从这里生成。"),
            Step("当场交办", "/meetings", "以“交办：”开头，写 @单位 @人 和“下周三前”；没写全的先留下，会后补齐。"),
            Step("会后签字", "/meetings", "补齐待补的各行，点“整理完毕”，输入签名口令签字，再由主持人签。"),
        ),
        OFFICE,
        (
            ("Ctrl + Enter", "记下这一行"), ("@", "找人或单位，汉字、拼音、首字母都行"),
            ("Alt + ↓ ↑", "下一项、上一项议题"), ("Ctrl + Alt + 1 2 3", "已议、缓议、未及审议"),
        ),
    ),
    Sheet(
        "reviewer", "审核人", "在纪要签发之前审核文稿，写下意见。",
        (
            Step("看待审的纪要", "/", "“我的工作”列出送您审核的纪要。"),
            Step("对照记录审核", "/minutes", "打开纪要，对照会议记录和议定事项逐条核对。"),
            Step("批注、写意见", "/minutes", "对一段有意见就写批注；审核意见写入审签单，随纪要一并归档。"),
            Step("通过或退改", "/minutes", "同意即通过，纪要取得编号并送签发；有问题写明意见退改。"),
            Step("不在时请人代办", "/account", "批注处理完、征求意见结束才能通过；不在时可指定代办人。"),
        ),
        OFFICE,
    ),
    Sheet(
        "signatory", "签发人", "阅读定稿，签发纪要。",
        (
            Step("先设置签名", "/account", "在“我的账号”中设置签名口令，只需一次；口令只有您自己知道。"),
            Step("看待签发的纪要", "/", "“我的工作”列出等您签发的纪要。"),
            Step("读定稿", "/minutes", "看到的就是要签的那一份文件，一个字节也不会再变。"),
            Step("签发或退改", "/minutes", "输入签名口令签发；不同意时写明意见退改，编号保留；不在时可指定代签人。"),
            Step("印发之后", "/minutes", "签发后不能再改；发现差错由会议秘书另出更正。"),
        ),
        OFFICE,
    ),
    Sheet(
        "supervisor", "督查员", "盯住每一项交办事项，催办、销号或退回。",
        (
            Step("看台账", "/actions", "按逾期、临期、待销号等快捷条件筛选，可导出 Excel。"),
            Step("催办", "/actions", "打开任务点“催办”，责任人立即收到消息。"),
            Step("核对办结", "/actions", "申请办结的任务对照佐证核对，属实即销号。"),
            Step("退回", "/actions", "没有办到位的，写明理由退回，继续办理。"),
            Step("督办重点", "/actions", "需要您亲自盯的任务设为督办。"),
        ),
        OFFICE, (), Role.supervisor,
    ),
    Sheet(
        "archivist", "档案员", "鉴定、编号、接收、保管，让每份纪要找得到、验得真。",
        (
            Step("看待归档的材料", "/archive", "纪要印发后，应归档的材料自动备好。"),
            Step("鉴定并接收", "/archive", "确定保管期限，点“接收”，档号同时生成；通知、议程、签到表等一并成档。"),
            Step("查找", "/search", "搜索框输入两个字以上的词，正文、决定、人名都能找到，可按年度和类别筛选。"),
            Step("核验", "/verify", "上传 PDF 或扫纸面二维码，立即知道是否出自本门户、是否被改动；不登录也能核验。"),
            Step("检测", "/archive", "归档时、定期和点“检测”时做四性检测，报告逐项留存，可以打印。"),
            Step("导出和移交", "/archive", "按筛选结果或整档导出封装包；收到的封装包在“移交接收”中检测后接收。"),
            Step("到期鉴定", "/archive/appraisals", "保管期满的，一人提出延长或销毁，另一人批准；销毁清册可打印。"),
        ),
        OFFICE, (), Role.archivist,
    ),
    Sheet(
        "administrator", "系统管理员", "管理人员、部门、小组和设置；不接触会议内容。",
        (
            Step("添加人员", "/people", "填姓名、账号和部门；初始密码只显示一次，当面告诉本人。"),
            Step("授予和收回角色", "/people/roles", "会议秘书、市级领导、审计员须由两位管理员先后办理。"),
            Step("排部门和小组", "/departments", "部门的先后就是名单上的先后；小组决定谁能看哪个系列的会议。"),
            Step("核对设置和日历", "/settings", "单位名称、时限在“设置”，邮件和机器人在“消息渠道”；年底录入放假安排。"),
            Step("备份", "/guide/administrator", "在服务器上执行“python3 -m portal backup”；恢复用“… restore”。"),
        ),
        "本单位信息化负责人", (ORDERING,), Role.administrator,
    ),
    Sheet(
        "auditor", "审计员", "查阅全部操作日志，不改动任何内容。",
        (
            Step("看日志", "/journal", "每一步操作和每一次拒绝都在这里，最新的在前。"),
            Step("筛选", "/journal", "按人员、对象、日期或结果筛选；点对象可看它的全部经过。"),
            Step("看被拒绝的操作", "/journal?outcome=refused", "登录失败、越权访问、签名口令错误都有记录。"),
            Step("核对链条", "/journal/check", "逐条核对日志是否缺失或被改动，并抄存校验值。"),
            Step("导出", "/journal", "当前筛选的结果可导出 Excel，作为审计底稿。"),
        ),
        ADMINISTRATOR, (), Role.auditor,
    ),
)  # fmt: skip
