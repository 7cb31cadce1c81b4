"""What a web server imports."""

import gc

from werkzeug.middleware.proxy_fix import ProxyFix

from portal import create_app
from portal.ops.buffering import Intake

app = create_app()
app.wsgi_app = Intake(app.wsgi_app, app.config["MAX_CONTENT_LENGTH"])  # type: ignore[method-assign]
if proxies := app.config["PORTAL"].proxies:
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
# What is loaded now stays for good; a full collection would walk through all of it in the middle of a request.
gc.freeze()
gc.enable()  # portal.server switches it off: while everything is loaded there is no garbage to be found
