// The console and the facility's page by the keyboard alone: every page reached, walked through, and worked.
import assert from "node:assert/strict";
import { browser, codeOf, given, heading, isAccessible, isDrawn, linksOf, play, shoot, signIn, turnTo, visitor } from "./visitor.mjs";
import { fits, reach, toTop, walk } from "./walk.mjs";

const isOn = (href) => `return one.getAttribute("href") === ${JSON.stringify(href)} && one.closest("nav") !== null;`;
const isCalled = (text) => `return one.matches("a, button") && (one.getAttribute("aria-label") ?? one.textContent)
    .startsWith(${JSON.stringify(text)});`;
const isField = (name) => `return one.name === ${JSON.stringify(name)} && one.matches("input, select");`;
const focused = (page) => page.evaluate("document.activeElement.id || document.activeElement.tagName");
const called = (page) => page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent");

const byKeysTo = async (page, href) => {
    await reach(page, isOn(href));
    await page.keyboard.press("Enter");
    await isDrawn(page, href);
    assert.equal(await page.locator("#told .bad").count(), 0, `${href}: a complaint`);
};

const byKeysIn = async (page) => {
    await page.getByRole("textbox").waitFor();
    assert.equal(await focused(page), "code");
    await page.keyboard.type(codeOf("registrar"));
    await page.keyboard.press("Enter");
    await page.getByRole("navigation").waitFor();
    await page.waitForFunction(() => document.querySelector("main").dataset.shown !== undefined);
};

// What lies behind a page: addresses that its links and forms lead to.
const behind = () => [`#/compliance/${given.insurer}`, "#/doubts/overdue", `#/facilities/${given.facility}`, "#/facilities/13/hospital/operating",
    "#/rollout/13", `#/audit/${given.day}/`];

const open = async (page, hash) => {
    await page.evaluate((wanted) => { location.hash = wanted; }, hash);
    await isDrawn(page, hash);
};

const everyAddress = async (page) => [...await linksOf(page), ...behind()];

const scenarios = {
    async walked() {
        const page = await visitor("auditor", given.office);
        await page.getByRole("textbox").waitFor();
        await walk(page, "sign-in");
        await page.getByRole("textbox").fill(codeOf("auditor"));
        await page.keyboard.press("Enter");
        await page.getByRole("navigation").waitFor();
        const addresses = await everyAddress(page);
        assert.ok(addresses.length >= 16, `${addresses}`);
        for (const address of addresses) {
            await open(page, address);
            await walk(page, address);
        }
        await turnTo(page, "en");
        for (const address of addresses) {
            await open(page, address);
            await walk(page, `${address} en`);
        }
    },
    // The same with every button that a registrar has, and with the forms that they open.
    async worked() {
        const page = await signIn("registrar");
        for (const address of ["#/facilities", `#/facilities/${given.facility}`, "#/approvals", "#/system", "#/doubts", "#/batches"]) {
            await open(page, address);
            await walk(page, `${address} registrar`);
        }
        const forms = { "#/facilities": ["医療機関等を登録する"], [`#/facilities/${given.facility}`]: ["変更する", "経過措置を登録する", "廃止・承継を登録する", "失効させる"],
            "#/system": ["災害時モードを開始する", "数値を設定する", "コードの版を登録する", "祝日を追加する"], "#/doubts": ["対象者を表示"], "#/batches": ["承認する", "中止する"] };
        for (const [address, names] of Object.entries(forms))
            for (const name of names) {
                await open(page, address);
                await reach(page, isCalled(name));
                const opener = await called(page);
                for (const [opens, closes] of [["Enter", "Escape"], ["Space", "button"]]) {
                    await page.keyboard.press(opens);
                    await page.getByRole("dialog").waitFor();
                    assert.ok(await page.evaluate("document.activeElement.closest('dialog') !== null"), `${name}: focus stays outside`);
                    if (closes === "button") {
                        await walk(page, `${address} ${name}`);
                        await reach(page, isCalled("閉じる"));
                        await page.keyboard.press("Enter");
                    } else await page.keyboard.press(closes);
                    await page.getByRole("dialog").waitFor({ state: "detached" });
                    assert.equal(await called(page), opener, `${name}: focus does not come back`);
                }
            }
    },
    async skipped() {
        const page = await signIn("registrar");
        await byKeysTo(page, "#/facilities");
        await toTop(page);
        await page.keyboard.press("Tab");
        assert.equal(await focused(page), "skip");
        assert.ok(await page.locator("#skip").evaluate((one) => one.getBoundingClientRect().left >= 0));
        await page.keyboard.press("Enter");
        assert.equal(await focused(page), "main");
        assert.equal(await page.evaluate("location.hash"), "#/facilities");
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate("document.activeElement.name"), "code");
    },
    async language() {
        const page = await visitor("registrar", given.office);
        await page.getByRole("textbox").waitFor();
        await reach(page, "return one.id === 'language';");
        await page.keyboard.press("Space");
        assert.equal(await page.locator("html").getAttribute("lang"), "en");
        assert.equal(await focused(page), "language");
        assert.equal(await heading(page).textContent(), "Sign in");
        await page.keyboard.press("Enter");
        assert.equal(await page.locator("html").getAttribute("lang"), "ja");
        await toTop(page);
        await reach(page, "return one.id === 'code';");
        await byKeysIn(page);
        for (const address of await linksOf(page)) {
            await byKeysTo(page, address);
            assert.equal(await focused(page), "main");
            await reach(page, "return one.id === 'language';");
            const before = await page.locator("main").getAttribute("lang");
            await page.keyboard.press("Enter");
            assert.notEqual(await page.locator("html").getAttribute("lang"), before);
            await page.locator(`main:not([lang=${before}])`).waitFor();
            assert.equal(await focused(page), "language");
        }
    },
    // A facility is found and changed, a second person approves, a list grows, a table leads further: all by keys.
    async acts() {
        const page = await visitor("registrar", given.office);
        await byKeysIn(page);
        await byKeysTo(page, "#/facilities");
        await reach(page, isField("code"));
        await page.keyboard.type(given.facility);
        await page.keyboard.press("Enter");
        await isDrawn(page, `#/facilities/${given.facility}`);
        await reach(page, isCalled("変更する"));
        await page.keyboard.press("Enter");
        await page.getByRole("dialog").waitFor();
        await reach(page, isField("status"));
        await page.keyboard.press("ArrowDown");
        await reach(page, "return one.className === 'main';");
        await page.keyboard.press("Enter");
        await page.locator("#told").getByText("実行しました").waitFor();
        await page.locator("dl.facts").getByText("停止").waitFor();
        assert.equal(await called(page), `変更する: ${given.facility}`);
        await byKeysTo(page, "#/system");
        await reach(page, isCalled("災害時モードを開始する"));
        await page.keyboard.press("Space");
        await reach(page, isField("prefecture"));
        await page.keyboard.type("17");
        await reach(page, isField("reason"));
        await page.keyboard.type("地震");
        await page.keyboard.press("Enter");
        await page.locator("#told").getByText("別の担当者の承認を待っています").waitFor();
        const second = await signIn("registrar2");
        await byKeysTo(second, "#/approvals");
        await reach(second, isCalled("承認して実行"));
        await second.keyboard.press("Enter");
        await second.locator("#told").getByText("実行しました").waitFor();
        await second.waitForFunction(() => document.activeElement.id === "main"); // its button is gone
        await byKeysTo(second, "#/facilities");
        await reach(second, isField("kind"));
        await second.keyboard.press("ArrowDown");
        await second.keyboard.press("ArrowDown");
        await reach(second, "return one.className === 'main';");
        await second.keyboard.press("Enter");
        await isDrawn(second, "#/facilities//medical_clinic/");
        const had = await second.locator("tbody tr").count();
        await reach(second, isCalled("続きを表示"));
        await second.keyboard.press("Enter");
        await second.waitForFunction((count) => document.querySelectorAll("tbody tr").length > count, had);
        assert.equal(await second.evaluate("[...document.querySelectorAll('tbody tr')].indexOf(document.activeElement)"), had);
        await second.keyboard.press("Tab");
        const facilityCode = await called(second);
        await second.keyboard.press("Enter");
        await isDrawn(second, `#/facilities/${facilityCode}`);
    },
    // A view that draws itself again leaves focus where it is: on a link, in a form, and on a button.
    async again() {
        const page = await signIn("registrar");
        await byKeysTo(page, "#/batches");
        await reach(page, isOn("#/doubts"));
        await page.evaluate("document.querySelector('main').firstElementChild.dataset.old = 'yes'");
        await page.waitForFunction(() => document.querySelector("main").firstElementChild.dataset.old === undefined);
        assert.equal(await page.evaluate("document.activeElement.getAttribute('href')"), "#/doubts");
    },
    // 320 pixels is a window of 1280 at 400 %; 640 at two pixels each is one of 1280 at 200 %.
    async narrow() {
        for (const [width, height, deviceScaleFactor] of [[320, 640, 1], [640, 450, 2]]) {
            const page = await signIn(width === 320 ? "auditor" : "viewer", { viewport: { width, height }, deviceScaleFactor });
            for (const language of ["ja", "en"]) {
                await turnTo(page, language);
                for (const address of (await linksOf(page)).concat(behind().filter((one) => width === 320 || !one.startsWith("#/audit")))) {
                    await open(page, address);
                    await fits(page, `${address} ${language}`);
                }
            }
            await open(page, "#/facilities");
            await walk(page, `#/facilities at ${width}`);
            await page.evaluate("document.documentElement.style.fontSize = '200%'");
            await open(page, "#/today");
            await fits(page, `#/today with letters of 200 % at ${width}`);
            await shoot(page, `office-today-${width}`);
            await page.context().close();
        }
        const page = await signIn("registrar", { viewport: { width: 320, height: 640 } });
        await open(page, "#/facilities");
        await reach(page, isCalled("医療機関等を登録する"));
        await page.keyboard.press("Enter");
        await page.getByRole("dialog").waitFor();
        await fits(page, "a form");
        await walk(page, "a form at 320");
    },
    // Dark, and without motion.
    async dark() {
        const page = await signIn("auditor", { colorScheme: "dark", reducedMotion: "reduce" });
        for (const address of await everyAddress(page)) {
            await open(page, address);
            await isAccessible(page, `${address} dark`);
            assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("*")].filter((one) => {
                const seen = getComputedStyle(one);
                return /[1-9]/.test(seen.transitionDuration) || /[1-9]/.test(seen.animationDuration) || seen.scrollBehavior === "smooth";
            }).map((one) => one.tagName)), [], `${address} moves`);
        }
        await open(page, "#/facilities");
        await walk(page, "#/facilities dark");
    },
    // The facility's page: walked, asked and printed without a pointer.
    async facility() {
        const page = await visitor("hospital", given.serve);
        await page.locator("#ask").waitFor();
        await walk(page, "facility");
        for (const [name, fact] of Object.entries(given.question)) {
            await reach(page, isField(name));
            if (name === "birth_date") await page.keyboard.type(fact.replaceAll("-", "").replace(/^(....)(..)(..)$/, given.dates));
            else await page.keyboard.type(fact);
        }
        await reach(page, isField("ceiling_consent"));
        await page.keyboard.press("Space");
        assert.ok(await page.locator("#ceiling_consent").isChecked());
        await reach(page, "return one.id === 'ask';");
        await page.keyboard.press("Enter");
        await page.getByText("有効", { exact: true }).waitFor();
        assert.equal(await focused(page), "ask");
        await walk(page, "facility answered");
        await page.evaluate("window.print = () => { window.printed = true; }");
        await reach(page, isCalled("印刷する"));
        await page.keyboard.press("Enter");
        assert.ok(await page.evaluate("window.printed"));
        for (const colorScheme of ["light", "dark"]) {
            await page.emulateMedia({ media: "print", colorScheme });
            assert.ok(await page.locator("#answer .verdict").isVisible() && await page.locator("#answer dl.facts").isVisible());
            for (const gone of ["header", "form", "button", "h2.noprint"]) assert.equal(await page.locator(`${gone}:visible`).count(), 0, gone);
            assert.equal(await page.locator("#answer .verdict").evaluate((one) => getComputedStyle(one).color), "rgb(0, 0, 0)");
            assert.equal(await page.locator("body").evaluate((one) => getComputedStyle(one).backgroundColor), "rgb(255, 255, 255)");
            await isAccessible(page, `printed ${colorScheme}`, ["wcag2aa"]);
            await shoot(page, `facility-printed-${colorScheme}`);
        }
        await page.emulateMedia({ media: "print", colorScheme: "dark" });
        const paper = (await page.pdf({ format: "A4" })).toString("latin1");
        assert.equal(paper.match(/\/Type\s*\/Page\b/g)?.length, 1, "it is not one sheet");
        await page.emulateMedia({ media: "screen", colorScheme: "light" });
        const chosen = page.waitForEvent("filechooser");
        await reach(page, isField("file"));
        await page.keyboard.press("Enter");
        const lines = ["item_id,insurer_number,symbol,number,branch_number,birth_date", ["1", given.question.insurer_number, given.question.symbol,
            given.question.number, given.question.branch_number, given.question.birth_date].join(",")];
        await (await chosen).setFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(`${lines.join("\r\n")}\r\n`) });
        await reach(page, "return one.id === 'upload';");
        await page.keyboard.press("Space");
        await page.getByRole("link", { name: "結果をダウンロードする" }).waitFor();
        const download = page.waitForEvent("download");
        await reach(page, isCalled("結果をダウンロードする"));
        await page.keyboard.press("Enter");
        await download;
        await page.setViewportSize({ width: 320, height: 640 });
        await fits(page, "facility");
        await walk(page, "facility at 320");
        await isAccessible(page, "facility at 320");
        assert.ok(browser.isConnected());
    },
};

await play(scenarios);
