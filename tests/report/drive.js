/* drive.js - a reader at a report, in a real Chromium: clicks, keys, filters, search, class mode, waterfall.
 *
 * node drive.js CHROMIUM PAGE SCREENSHOT: says what was not as it has to be, and ends with the number of that. */
"use strict";
const {chromium} = require("playwright-core");
const [, , executablePath, page, screenshot] = process.argv;
let checks = 0, failed = 0;

function check(holds, what) {
    checks++;
    if (holds) return;
    failed++;
    console.log(`drive.js: ${what}`);
}

(async () => {
    const browser = await chromium.launch({
        executablePath,
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync"],
    });
    const p = await browser.newPage({viewport: {width: 1500, height: 900}});
    const complaints = [], requests = [];
    p.on("console", m => complaints.push(m.text()));
    p.on("pageerror", e => complaints.push(e.message));
    p.on("request", r => requests.push(r.url()));
    await p.goto(`file://${page}`);
    await p.waitForSelector(".ladder .arrow");
    const names = () => p.$$eval(".arrow", list => list.map(a => a.dataset.name));
    const heading = () => p.textContent("aside.detail h3");
    const flow = f => p.evaluate(`(l => ${f})(window.ladders[0])`);

    /* A click on an arrow tells about the message. */
    await flow("l.pick(l.flow.steps.find(s => s.name === 'INVITE').i)");
    await p.locator(".arrow.picked[data-name=INVITE] text").first().click();
    check((await heading()).startsWith("INVITE (O1)"), "a click on INVITE does not tell about it");
    check((await p.textContent("aside.detail pre.whole")).startsWith("INVITE sip:"), "the whole message is missing");
    check((await p.textContent("aside.detail .why")).length > 20, "no word on why it exists");
    const beginner = await p.textContent("aside.detail .why");
    await p.selectOption(".bar select", "engineer");
    check(await p.textContent("aside.detail .why") !== beginner, "the engineer reads what the beginner reads");
    check((await p.textContent("aside.detail")).includes("TS 24.229") || (await p.textContent("aside.detail")).includes("RFC 3261"), "no clause");

    /* Keys go forth and back; the second hop shows what changed. */
    await p.focus(".ladder");
    const first = await flow("l.picked");
    await p.keyboard.press("ArrowRight");
    check(await flow("l.picked") > first, "the right key does not go on");
    check((await p.textContent("aside.detail")).includes("+ Via:"), "a hop does not show what it changed");
    check((await p.textContent("aside.detail")).toLowerCase().includes("preconditions at"), "no table of preconditions");
    check((await p.textContent("aside.detail")).includes("as it takes it"), "no states of the nodes");
    await p.keyboard.press("ArrowLeft");
    check(await flow("l.picked") === first, "the left key does not go back");
    await p.keyboard.press("End");
    check(await flow("l.picked === l.shown[l.shown.length - 1].i"), "End is not the end");
    await p.keyboard.press("Home");

    /* Filters. */
    const before = await flow("l.shown.length");
    check(!(await names()).includes("100 Trying"), "what the scenario hides is shown");
    await p.click(".chip:has-text('100 Trying')");
    check(await flow("l.shown.some(s => s.name === '100 Trying')"), "a hidden message cannot be shown");
    await p.click(".chip:has-text('100 Trying')");
    await p.click(".chip:has-text('Diameter')");
    check(await flow("l.shown.some(s => s.proto === 'Diameter')") && await flow("l.shown.length") > before, "another protocol cannot be shown");
    const node = await flow("l.flow.nodes[l.flow.nodes.length - 1].name");
    await p.locator(".chip", {hasText: new RegExp(`^${node.replace(/[/]/g, ".")}$`)}).click();
    check(await flow("l.shown.every(s => s.to !== l.flow.nodes.length - 1)"), "a node cannot be hidden");
    await p.locator(".chip", {hasText: new RegExp(`^${node.replace(/[/]/g, ".")}$`)}).click();
    await p.click(".chip:has-text('Diameter')");
    check(await flow("l.shown.length") === before, "filters do not come back to where they were");

    /* Search. */
    await p.focus(".ladder");
    await p.keyboard.press("/");
    await p.keyboard.type("rack:");
    await p.keyboard.press("Enter");
    check((await heading()).startsWith("PRACK"), "the search does not find PRACK");
    check(await p.locator(".arrow.found").count() > 0, "what was found is not marked");
    await p.fill(".bar input[type=search]", "");

    /* Time and zoom: arrows slant, and distances are as times. */
    await p.focus(".ladder");
    await p.keyboard.press("t");
    check(await flow("(s => Math.abs((s[1].y0 - s[0].y0) / (s[2].y0 - s[0].y0) - (s[1].sent - s[0].sent) / (s[2].sent - s[0].sent)) < 1e-6)(l.shown)"), "true time is not true");
    check(await flow("l.shown.every(s => s.received == null || s.received === s.sent || s.y1 > s.y0)"), "an arrow does not slant");
    const height = await flow("l.height");
    await p.keyboard.press("+");
    check(await flow("l.height") > height, "zoom does not zoom");
    await p.keyboard.press("t");

    /* Class mode hides what comes next. */
    await p.keyboard.press("Home");
    await p.keyboard.press("c");
    check(await flow("l.shown.length") === 1, "class mode shows what comes next");
    await p.keyboard.press("ArrowRight");
    await p.keyboard.press("ArrowRight");
    check(await flow("l.shown.length") === 3, "class mode does not go step by step");
    await p.screenshot({path: screenshot});
    await p.keyboard.press("c");
    check(await flow("l.shown.length") === before, "class mode does not end");

    /* The waterfall leads to arrows, and sums to the time. */
    check(await flow("(v => v.parts.reduce((n, p) => n + p.end - p.start, 0) === v.end - v.start)(l.flow.intervals[l.interval])"), "the waterfall does not sum");
    await p.locator(".waterfall .part").first().click();
    check(await flow("l.picked >= 0") && await p.locator(".waterfall .part.on").count() > 0, "a part of the waterfall leads nowhere");

    check(complaints.length === 0, `the page complains: ${complaints[0]}`);
    check(requests.every(r => r.startsWith("file://") || r.startsWith("data:")), `the page asks the network: ${requests.find(r => !r.startsWith("file://"))}`);
    await browser.close();
    console.log(`${checks} checks, ${failed} failed`);
    process.exit(failed ? 1 : 0);
})().catch(e => {
    console.log(`drive.js: ${e.message}`);
    process.exit(1);
});
