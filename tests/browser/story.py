"""The whole story as people live it: from an officer's problem to a signed page that can be verified."""

import re
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
from living import Living
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

PROBLEM = "示例企业甲二期厂房用地手续未办结"
TOPIC = "研究推进示例企业甲用地手续办理"
SAID = "会上听取了有关情况汇报，大家认为应当抓紧补办手续。"
DECISION = "同意按程序补办示例企业甲二期厂房用地手续"
SLIDES = "惠企政策解读（示例）"
TASK = "补办示例企业甲二期厂房用地手续"
PATIENCE = 90_000  # milliseconds: conversions and papers are made by the worker


@dataclass
class Story:
    """Who acts in which browser, and what became of it. With `scripts=False` every step is a plain form."""

    browser: Browser
    portal: Living
    folder: Path
    scripts: bool = True
    errors: list[str] = field(default_factory=list)
    times: dict[str, float] = field(default_factory=dict)
    meeting: str = ""
    minutes: str = ""
    number: str = ""
    day: date = date(2000, 1, 1)

    @contextmanager
    def person(self, role: str):
        """A browser of one's own, signed in by the sign-in page."""
        account = self.portal.accounts[role]
        context = self.browser.new_context(
            base_url=self.portal.address, locale="zh-CN", java_script_enabled=self.scripts, accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", self._note_error)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto("/login")
        page.fill("[name=username]", account["username"])
        page.fill("[name=password]", account["password"])
        page.press("[name=password]", "Enter")
        expect(page.locator("h1")).to_contain_text("我的工作")
        try:
            yield page
        except BaseException:
            page.screenshot(path=self.folder / "failed.png", full_page=True)
            raise
        finally:
            context.close()

    def _note_error(self, message: ConsoleMessage) -> None:
        # the browser itself notes every 422 and 409; a form that asks back and a paper not laid out yet are no errors
        if message.type == "error" and "422" not in message.text and "409" not in message.text:
            self.errors.append(message.text)

    def tell(self) -> None:
        """Every step in its order."""
        for step in (
            self.officer_reports_and_proposes, self.secretary_prepares, self.officer_confirms, self.lecturer_uploads,
            self.meeting_is_held, self.record_is_signed, self.minutes_are_reviewed, self.minutes_are_signed_and_issued,
            self.archivist_accepts, self.task_is_done, self.page_is_trusted, self.administrator_and_auditor_look,
        ):  # fmt: skip
            begun = time.monotonic()
            step()
            self.times[step.__name__] = time.monotonic() - begun
        assert not self.errors, self.errors

    # ── 1, 2 ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def officer_reports_and_proposes(self) -> None:
        with self.person("officer") as page:
            page.goto("/problems/new")
            choose(page, "enterprise_id", "示例企业甲")
            field_of(page, "title").fill(PROBLEM)
            field_of(page, "text").fill("二期厂房已经建成，用地手续卡在规划核实环节。")
            page.locator("main form").get_by_role("button").last.click()
            expect(page.locator("h1")).to_contain_text(PROBLEM)
            page.goto("/series")
            page.get_by_role("link", name="专班例会").first.click()
            page.get_by_role("link", name="申报议题").first.click()
            field_of(page, "title").fill("通报政策兑现情况")
            field_of(page, "ask").fill("请会议听取汇报并研究下一步工作。")
            field_of(page, "minutes").fill("10")
            page.locator("main form").get_by_role("button").last.click()
            expect(page.locator("main")).to_contain_text("通报政策兑现情况")

    def secretary_prepares(self) -> None:
        with self.person("secretary") as page:
            page.goto("/series")
            page.get_by_role("link", name="专班例会").first.click()
            page.get_by_role("link", name="新建会议").first.click()
            self.day = self._free_day(page)
            field_of(page, "day").fill(self.day.isoformat())
            page.locator("main form").get_by_role("button").last.click()
            if field_of(page, "sure").count():
                field_of(page, "sure").check()
                page.locator("main form").get_by_role("button").last.click()
            expect(page.locator("h1")).to_contain_text("专班例会")
            self.meeting = re.search(r"/meetings/(\d+)", page.url)[1]
            self._add_items(page)
            self._order_items(page)
            page.goto(f"/meetings/{self.meeting}/candidates")
            page.locator("li", has_text=PROBLEM).first.get_by_role("button", name="列入").click()
            page.goto(f"/meetings/{self.meeting}/candidates")
            offered = page.locator("#courses, section", has_text="讲业务课程").first.get_by_role("button", name="列入")
            if offered.count():  # in the full world every course has its meeting already
                offered.first.click()
            page.goto(f"/meetings/{self.meeting}")
            ask(page, "请主持人审定")
            expect(page.locator("main")).to_contain_text("已请主持人审定")
        with self.person("chair") as page:
            page.goto(f"/meetings/{self.meeting}")
            page.get_by_role("button", name="审定议程").click()
            expect(page.locator("main")).to_contain_text("已审定")
        with self.person("secretary") as page:
            page.goto(f"/meetings/{self.meeting}")
            ask(page, "发通知", why="汇报人会上再定。")
            expect(page.locator("h1")).to_contain_text("次会议")

    def _free_day(self, page: Page) -> date:
        """The day the portal proposes; no other meeting of the example world stands on it."""
        return date.fromisoformat(field_of(page, "day").input_value())

    def _add_items(self, page: Page) -> None:
        for title in (TOPIC, "部署下一阶段助企工作"):
            line = page.locator("#add-item [name=title]")
            line.fill(title)
            line.press("Enter")
            expect(page.locator(".agenda")).to_contain_text(title)

    def _order_items(self, page: Page) -> None:
        def titles() -> list[str]:
            return page.locator(".agenda .row h3").all_text_contents()

        before = titles()
        moved = next(place for place, title in enumerate(before) if TOPIC in title)
        row = page.locator(".agenda .row", has_text=TOPIC)
        if not self.scripts:
            row.get_by_role("button", name="下移").click()
        else:
            row.locator(".grip").press("ArrowDown")
        expect(page.locator(".agenda .row").nth(moved + 1)).to_contain_text(TOPIC)
        if self.scripts:
            grip = page.locator(".agenda .row", has_text=TOPIC).locator(".grip")
            target = page.locator(".agenda .row").nth(moved).bounding_box()
            box = grip.bounding_box()
            page.mouse.move(box["x"] + 5, box["y"] + 5)
            page.mouse.down()
            page.mouse.move(target["x"] + 20, target["y"] + 20, steps=8)
            page.mouse.move(target["x"] + 20, target["y"] + 5, steps=8)
            page.mouse.up()
            expect(page.locator(".agenda .row").nth(moved)).to_contain_text(TOPIC)

    def officer_confirms(self) -> None:
        with self.person("officer") as page:
            expect(page.locator("main")).to_contain_text("专班例会")
            page.goto(f"/meetings/{self.meeting}")
            page.get_by_role("button", name="确认参会").first.click()
            expect(page.locator("main")).to_contain_text("已确认")

    # ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def lecturer_uploads(self) -> None:
        with self.person("lecturer") as page:
            lesson = page.get_by_role("link", name=re.compile("讲|课件")).first
            expect(lesson).to_be_visible()
            page.goto("/courses")
            address = self._own_course(page)
            for number, note in enumerate(("第一稿", "补充了申报流程"), 1):
                page.goto(address)
                page.set_input_files("input[type=file]", deck(self.folder, number))
                if number == 1:
                    if page.locator("main [name=material_id]").count():
                        field_of(page, "material_id").select_option(value="")
                    field_of(page, "title").fill(SLIDES)
                else:
                    choose(page, "material_id", SLIDES)
                field_of(page, "note").fill(note)
                field_of(page, "secrecy_checked").check()
                page.get_by_role("button", name=re.compile("提交|上传")).click()
                page.wait_for_load_state()
            self._see_pages(page)

    def _own_course(self, page: Page) -> str:
        name = self.portal.accounts["lecturer"]["name"]
        row = (
            page.locator("tbody tr, li", has_text=name)
            .filter(has_not_text="已讲授")
            .filter(has_not_text="已入库")
            .first
        )
        return row.get_by_role("link").first.get_attribute("href")

    def _wait_until(self, done: Callable[[], object], page: Page, otherwise: str) -> None:
        """What the worker makes comes by itself where there are scripts, and by reloading where there are none."""
        until = time.monotonic() + PATIENCE / 1000
        while not done():
            assert time.monotonic() < until, otherwise
            page.wait_for_timeout(500)  # as a person looks again
            if not self.scripts:
                page.reload()

    def _see_pages(self, page: Page) -> None:
        newest = (
            page.locator("li, article, div")
            .filter(has_text=SLIDES)
            .get_by_role("link", name=re.compile("逐页查看（2 页）"))
        )
        self._wait_until(newest.count, page, "the pages of the slides were not made in time")
        newest.first.click()
        picture = page.locator("img[src*='/materials/pages/']").first
        expect(picture).to_be_visible()
        assert page.request.get(picture.get_attribute("src")).headers["content-type"] == "image/webp"

    # ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def meeting_is_held(self) -> None:
        with self.person("secretary") as page:
            page.goto(f"/meetings/{self.meeting}")
            ask(page, "开会")
            page.goto(f"/meetings/{self.meeting}/attendance")
            for role in ("officer", "chair", "recorder"):
                name = self.portal.accounts[role]["name"]
                page.get_by_role("button", name=f"{name}签到").click()
                expect(page.locator("li", has_text=name).first).to_contain_text(re.compile(r"\d\d:\d\d"))
        with self.person("recorder") as page:
            page.goto(f"/meetings/{self.meeting}/record")
            page.get_by_role("link", name=re.compile(TOPIC)).first.click()
            expect(page.locator("#words h2")).to_contain_text(TOPIC)
            self._write(page, SAID)
            self._decide_and_hand_out(page)
            self._mark_all(page)
        with self.person("secretary") as page:
            page.goto(f"/meetings/{self.meeting}")
            page.get_by_role("link", name="散会").click()
            page.get_by_role("button", name="散会").click()
            expect(page.locator("main")).to_contain_text("已散会")

    def _decide_and_hand_out(self, page: Page) -> None:
        self._write(page, f"议定：{DECISION}")
        expect(page.locator("#lines")).to_contain_text("议定 1")
        page.get_by_role("link", name="逐项填写交办").first.click()
        field_of(page, "title").fill(TASK)
        choose(page, "lead_department_id", None)
        choose(page, "lead_person_id", self.portal.accounts["officer"]["name"])
        due = self.day + timedelta(days=14)
        field_of(page, "due").fill(f"{due.year}年{due.month}月{due.day}日")
        choose(page, "decision_id", DECISION[:10])
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.locator("main")).to_contain_text(TASK)

    def _write(self, page: Page, text: str) -> None:
        line = page.locator("#line")
        line.fill(text)
        if self.scripts:
            line.press("Control+Enter")
            expect(line).to_have_value("")
        else:
            page.get_by_role("button", name="记下").click()
        expect(page.locator("#lines")).to_contain_text(text.removeprefix("议定："))

    def _mark_all(self, page: Page) -> None:
        page.goto(f"/meetings/{self.meeting}")
        buttons = page.locator(".agenda button[name=state][value=dealt_with]")
        for place in range(buttons.count()):
            buttons.nth(place).click()
            expect(buttons.nth(place)).to_have_attribute("aria-pressed", "true")

    # ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def record_is_signed(self) -> None:
        with self.person("recorder") as page:
            page.goto(f"/meetings/{self.meeting}/record")
            ask(page, "整理完毕，送签")
            self._sign(page, f"/meetings/{self.meeting}/record/paper", "recorder", "签字")
        with self.person("chair") as page:
            self._sign(page, f"/meetings/{self.meeting}/record/paper", "chair", "签字")
            expect(page.locator("main")).to_contain_text("已签字")

    def _sign(self, page: Page, address: str, role: str, word: str) -> None:
        until = time.monotonic() + PATIENCE / 1000
        page.goto(address)
        while not field_of(page, "pin").count():
            assert time.monotonic() < until, f"{address} was not laid out in time"
            page.wait_for_timeout(1000)
            page.goto(address)
        field_of(page, "pin").fill(self.portal.accounts[role]["pin"])
        page.get_by_role("button", name=word, exact=True).click()
        page.wait_for_load_state()

    def minutes_are_reviewed(self) -> None:
        with self.person("secretary") as page:
            self._wait_for_draft(page)
            page.get_by_role("link", name="修改").first.click()
            text = page.locator("textarea[name=text]")
            assert DECISION in text.input_value()
            text.fill(text.input_value() + "\n会议强调，各单位要抓好落实。")
            page.get_by_role("button", name=re.compile("保存")).first.click()
            expect(page.locator("main")).to_contain_text("各单位要抓好落实")
            page.goto(self.minutes)
            ask(page, "送审")
        with self.person("reviewer") as page:
            page.goto(self.minutes)
            self._opine(page, "退改", "请补充会议要求。")
        with self.person("secretary") as page:
            page.goto(self.minutes)
            expect(page.locator("main")).to_contain_text("请补充会议要求。")
            ask(page, "送审")
        with self.person("reviewer") as page:
            page.goto(self.minutes)
            self._opine(page, "签名并通过", "同意。", self.portal.accounts["reviewer"]["pin"])
            expect(page.locator("main")).to_contain_text("待签发")

    def _opine(self, page: Page, word: str, text: str, pin: str = "") -> None:
        waiting = page.locator("main").get_by_text("审签单正在排版")
        self._wait_until(lambda: not waiting.count(), page, "the sheet was not laid out in time")
        page.get_by_role("link", name="审核", exact=True).click()
        field_of(page, "pin").fill(pin)
        field_of(page, "text").fill(text)
        page.get_by_role("button", name=word).click()
        page.wait_for_load_state()

    def _wait_for_draft(self, page: Page) -> None:
        until = time.monotonic() + PATIENCE / 1000
        while True:
            page.goto(f"/meetings/{self.meeting}")
            link = page.locator("main a[href^='/minutes/']").first
            if link.count():
                self.minutes = link.get_attribute("href")
                page.goto(self.minutes)
                return
            assert time.monotonic() < until, "the minutes were not drafted in time"
            page.wait_for_timeout(1000)

    def minutes_are_signed_and_issued(self) -> None:
        with self.person("signatory") as page:
            self._sign(page, f"{self.minutes}/signature", "signatory", "签发")
            expect(page.locator("main")).to_contain_text("已签发")
        with self.person("secretary") as page:
            page.goto(self.minutes)
            ask(page, "印发")
            expect(page.locator("main")).to_contain_text("已印发")
            self.number = re.search(r"〔\d{4}〕\d+号", page.locator("main").inner_text())[0]

    def archivist_accepts(self) -> None:
        until = time.monotonic() + PATIENCE / 1000
        with self.person("archivist") as page:
            while True:
                page.goto(f"/meetings/{self.meeting}/archive")
                kinds = page.locator("main").inner_text()
                if all(kind in kinds for kind in ("会议纪要", "会议记录", "审签单")):
                    break
                assert time.monotonic() < until, "the pieces were not prepared in time"
                page.wait_for_timeout(1000)
            ask(page, re.compile("接收"))
            expect(page.locator("main")).to_contain_text("-WS·")
            page.goto(self.minutes)
            expect(page.locator("main")).to_contain_text("已归档")

    # ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def task_is_done(self) -> None:
        with self.person("officer") as page:
            page.get_by_role("link", name=TASK).first.click()
            address = page.url
            ask(page, "签收")
            field_of(page, "text").fill("已收齐材料，正在报批。")
            page.get_by_role("button", name="反馈进展").click()
            expect(page.locator("main")).to_contain_text("已收齐材料，正在报批。")
            self._report_done(page, address, "手续已办结。")
        with self.person("supervisor") as page:
            page.goto(address)
            page.get_by_role("link", name="退回").click()
            field_of(page, "why").fill("请附上证书编号。")
            page.locator("main form").get_by_role("button").last.click()
        with self.person("officer") as page:
            self._report_done(page, address, "手续已办结，证书编号示例0001。")
        with self.person("supervisor") as page:
            page.goto(address)
            page.get_by_role("link", name="销号").click()
            page.locator("main form").get_by_role("button").last.click()
            expect(page.locator("main")).to_contain_text("已销号")

    def _report_done(self, page: Page, address: str, text: str) -> None:
        page.goto(address)
        page.get_by_role("link", name="申请办结").click()
        field_of(page, "text").fill(text)
        if (word := page.locator("select[name=satisfaction]")).count():  # where the task came from an enterprise
            word.select_option("satisfied")
        page.locator("main form").get_by_role("button").last.click()
        expect(page.locator("main")).to_contain_text("待销号")

    # ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def page_is_trusted(self) -> None:
        with self.person("archivist") as page:
            page.goto("/search?q=补办")
            expect(page.locator("main")).to_contain_text("会议纪要")
            page.goto(self.minutes)
            with page.expect_download() as download:
                page.get_by_role("link", name=re.compile("下载")).first.click()
            good, bad = self.folder / "minutes.pdf", self.folder / "changed.pdf"
            download.value.save_as(good)
            content = bytearray(good.read_bytes())
            content[len(content) // 2] ^= 1
            bad.write_bytes(content)
            assert self._verdict(page, good) == "有效"
            assert self._verdict(page, bad) == "无效"
        self._read_back(good)
        assert self.portal.flask("verify", str(good), check=False).returncode == 0
        assert self.portal.flask("verify", str(good), str(bad), check=False).returncode != 0

    def _verdict(self, page: Page, file: Path) -> str:
        page.goto("/verify")
        page.set_input_files("input[type=file]", file)
        page.locator("main form").get_by_role("button").last.click()
        answer = page.locator("section").filter(has=page.get_by_role("heading", name="核验结果"))
        verdict = answer.get_by_text(re.compile("^(有效|无效|签后有追加)$"))
        self._wait_until(verdict.count, page, "the file was not judged in time")
        return verdict.first.inner_text()

    def _read_back(self, file: Path) -> None:
        said = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in said
        assert "Total document signed" in said
        text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
        plain = re.sub(r"\s", "", text)
        for words in (self.number, DECISION, self.portal.accounts["chair"]["name"], "各单位要抓好落实"):
            assert re.sub(r"\s", "", words) in plain, words
        picture = pypdfium2.PdfDocument(file)[0].render(scale=0.5).to_pil().convert("RGB")
        red = sum(r > 180 and g < 90 and b < 90 for r, g, b in picture.get_flattened_data())
        assert red > 200, "the red heading is printed"

    # ── 8 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def administrator_and_auditor_look(self) -> None:
        with self.person("administrator") as page:
            page.goto("/people")
            expect(page.locator("main")).to_contain_text(self.portal.accounts["officer"]["name"])
            assert page.request.get(self.minutes).status == 404
        with self.person("auditor") as page:
            page.goto("/journal")
            expect(page.locator("main")).to_contain_text("销号")


def ask(page: Page, word: str | re.Pattern[str], why: str = "") -> None:
    """Press a button that asks first: in a dialog, or in what unfolds where there are no scripts."""
    summary = page.locator("details.confirm > summary").filter(has_text=word).first
    if summary.count():
        summary.click()
        if why and (reason := page.locator("dialog[open] [name=why], details.confirm[open] [name=why]")).count():
            reason.first.fill(why)
        page.locator("dialog[open] button[type=submit], details.confirm[open] button[type=submit]").first.click()
    else:
        page.get_by_role("button", name=word).first.click()
    page.wait_for_load_state()


def field_of(page: Page, name: str) -> Locator:
    """The visible field of the page's form with this name."""
    return page.locator(f"main [name={name}]:not([type=hidden])").first


def choose(page: Page, name: str, text: str | None) -> None:
    """Choose the first option of a list that contains a text; None: the first that is not blank."""
    box = field_of(page, name)
    options = box.locator("option")
    for place in range(options.count()):
        if options.nth(place).get_attribute("value") and (text is None or text in options.nth(place).inner_text()):
            box.select_option(index=place)
            return
    raise AssertionError(f"{name}: no option contains {text}")


def deck(folder: Path, pages: int) -> Path:
    """Small real slides."""
    from pptx import Presentation

    slides = Presentation()
    for number in range(1, pages + 1):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = "惠企政策解读（示例）"
        slide.placeholders[1].text = f"第 {number} 页：申报条件与流程"
    file = folder / f"惠企政策解读{pages}.pptx"
    slides.save(str(file))
    return file
