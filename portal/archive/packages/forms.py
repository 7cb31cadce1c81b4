"""What people type to bring a package and to take it over."""

from portal.web.fields import Tick, Upload
from portal.web.forms import Form


class BringPackage(Form):
    """移交接收：收到的封装包。"""

    file = Upload("封装包（ZIP 文件）", accept=".zip,application/zip")


class TakeOver(Form):
    """接收封装包。"""

    compared = Tick("已与移交单位核对根证书指纹", required="请先与移交单位核对根证书指纹，再勾选接收。")
