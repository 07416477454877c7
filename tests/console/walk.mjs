// A walk through a page by Tab and Shift+Tab alone, and what WCAG 2.2 asks of each place where it stops.
import assert from "node:assert/strict";

const LEAST_PX = 24, LEAST_OUTLINE_PX = 2, LEAST_CONTRAST = 3, LINE_PX = 12;

// In the page: the next Tab begins at the top.
const atTop = () => {
    const scope = document.querySelector("dialog[open]") ?? document.body, mark = document.createElement("span");
    mark.tabIndex = -1;
    scope.prepend(mark);
    mark.focus();
    mark.remove();
};
export const toTop = (page) => page.evaluate(atTop);

// In the page: every element that keys must reach, in the order of the document, and how each looks without focus.
const prepare = (beginning) => {
    const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
    const scope = document.querySelector("dialog[open]") ?? document.body;
    window.stops = [...scope.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
        .filter((one) => one.tabIndex >= 0 && !one.disabled && isSeen(one));
    window.look = (one) => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(one);
        return { outlineStyle, outlineWidth: parseFloat(outlineWidth), outlineColor, boxShadow, borderColor };
    };
    beginning();
    return window.stops.length;
};

// In the page: where focus is, and whether anybody can see that.
const observe = () => {
    const one = document.activeElement, at = window.stops.indexOf(one), box = one.getBoundingClientRect();
    const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (colour) => colour.slice(0, 3).map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, which) => sum + part * [0.2126, 0.7152, 0.0722][which], 0);
    let ground = one.parentElement;
    while (ground !== null && rgb(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
    const under = luminance(ground === null ? [255, 255, 255] : rgb(getComputedStyle(ground).backgroundColor));
    const ring = luminance(rgb(getComputedStyle(one).outlineColor));
    const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9], [0.05, 0.05], [0.95, 0.95]].map(([x, y]) =>
        document.elementFromPoint(box.left + box.width * x, box.top + box.height * y)).filter((hit) => hit !== null);
    return { at, name: `${one.tagName} ${one.id || one.name || one.getAttribute("aria-label") || one.textContent.slice(0, 40)}`,
        look: window.look(one), contrast: (Math.max(under, ring) + 0.05) / (Math.min(under, ring) + 0.05),
        isInSight: points.some((hit) => one.contains(hit) || hit.contains(one) && hit.matches("label")),
        isRegion: one.matches("[role=region]"), left: box.left + scrollX, top: box.top + scrollY, right: box.right + scrollX,
        bottom: box.bottom + scrollY, isInDialog: one.closest("dialog") !== null };
};

// One date field is several stops: it counts once.
const goRound = async (page, key, count) => {
    const found = [];
    let presses = 0;
    for (; presses < 6 * count + 20; presses++) {
        await page.keyboard.press(key);
        const seen = await page.evaluate(observe);
        if (seen.at < 0) {
            if (found.length > 0) break;
            continue;
        }
        if (seen.at === found.at(-1)?.at) continue;
        if (found.some((one) => one.at === seen.at)) break;
        found.push(seen);
    }
    assert.ok(presses < 6 * count + 20, `a trap near ${found.at(-1)?.name}`);
    return found;
};

const isNext = (before, after) => after.bottom > before.top + LINE_PX || after.top >= before.top;
const onOneLine = (before, after) => Math.abs((before.top + before.bottom) - (after.top + after.bottom)) / 2 < LINE_PX;

/** Everything that can be worked is reached both ways, in the order in which it is read; each stop is seen, and large enough. */
export const walk = async (page, name) => {
    const count = await page.evaluate(`(${prepare})(${atTop})`);
    assert.ok(count > 0, `${name}: nothing to reach`);
    const looks = await page.evaluate(() => window.stops.map(window.look));
    const there = await goRound(page, "Tab", count);
    assert.deepEqual(there.map((one) => one.at), [...Array(count).keys()],
        `${name}: not all are reached in their order: ${there.map((one) => one.name)}`);
    there.forEach((one, at) => {
        const was = looks[one.at], where = `${name}: ${one.name}`;
        assert.ok(one.look.outlineStyle !== "none" && one.look.outlineWidth >= LEAST_OUTLINE_PX
            && JSON.stringify(one.look) !== JSON.stringify(was), `${where}: focus is not seen`);
        assert.ok(one.contrast >= LEAST_CONTRAST, `${where}: focus is hardly seen, ${one.contrast.toFixed(2)} to 1`);
        assert.ok(one.isInSight, `${where}: focus is behind something, or out of sight`);
        if (!one.isRegion)
            assert.ok(one.right - one.left >= LEAST_PX - 0.5 && one.bottom - one.top >= LEAST_PX - 0.5,
                `${where}: too small, ${Math.round(one.right - one.left)} by ${Math.round(one.bottom - one.top)}`);
        const before = there[at - 1];
        if (before === undefined || before.isRegion) return;
        assert.ok(isNext(before, one), `${where}: comes after what is beneath it, ${before.name}`);
        assert.ok(!onOneLine(before, one) || one.left >= before.left - 1, `${where}: comes after what is to its right, ${before.name}`);
    });
    await page.evaluate(`(${prepare})(${atTop})`);
    const back = await goRound(page, "Shift+Tab", count);
    assert.deepEqual(back.map((one) => one.at), [...Array(count).keys()].reverse(), `${name}: not all are reached backwards`);
};

/** Tab until the focus is on what the expression says. */
export const reach = async (page, until) => {
    for (let n = 0; n < 600; n++) {
        if (await page.evaluate(`(() => { const one = document.activeElement; ${until} })()`)) return;
        await page.keyboard.press("Tab");
    }
    assert.fail(`no way by Tab to ${until}`);
};

/** The same page in a narrow window, which is what zoom makes of a wide one: nothing is beside the window but what scrolls itself. */
export const fits = async (page, name) => {
    const lost = await page.evaluate(() => [...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility()
        && !one.matches(".skip:not(:focus)") && one.closest(".wide, svg, canvas")?.matches(":not(.wide)") !== true
        && (one.closest(".wide") === null || one.matches(".wide")))
        .map((one) => [one, one.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.right > innerWidth + 1 || box.left < -1))
        .map(([one, box]) => `${one.tagName}.${one.className} ${Math.round(box.left)}..${Math.round(box.right)} ${one.textContent.slice(0, 30)}`)
        .slice(0, 5));
    assert.deepEqual(lost, [], `${name}: beside the window of ${await page.evaluate("innerWidth")} pixels`);
    assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), `${name}: it scrolls sideways`);
};
