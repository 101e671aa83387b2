// Opens a page in Chromium and prints what happened as JSON. It is a process of its own, because the
// package of Chromium takes the folder that it unpacks to from the process's environment.
import { setTimeout as delay } from 'node:timers/promises';
import chromium from '@sparticuz/chromium';
import { launch } from 'puppeteer-core';

const [, , url, ...parameters] = process.argv;
const [texts, widths] = parameters.map((text) => JSON.parse(text));
const browser = await launch({
  executablePath: await chromium.executablePath(),
  headless: 'shell',
  defaultViewport: { width: widths[0], height: 900 },
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
const page = await browser.newPage();
const requests = [];
const messages = [];
page.on('request', (request) => requests.push(request.url()));
page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
page.on('pageerror', (error) => messages.push(`error: ${error}`));
await page.evaluateOnNewDocument(() => {
  globalThis.violations = [];
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    globalThis.violations.push(`${violatedDirective} ${blockedURI}`),
  );
});
await page.goto(url, { waitUntil: 'networkidle0' });
const findMissing = () =>
  page.$eval('main', (main, all) => all.filter((text) => !main.textContent.includes(text)), texts);
await page.waitForSelector('main');
for (let i = 0; i < 50 && (await findMissing()).length > 0; i++) await delay(100);
const missing = await findMissing();
const seen = await page.evaluate(() => ({
  violations: globalThis.violations,
  controls: [...document.querySelectorAll('input:not([type=checkbox]), textarea, button, a')]
    .filter((control) => control.checkVisibility())
    .map((control) => `${control.localName} ${control.textContent}`),
}));
const scrollWidths = [];
for (const width of widths) {
  await page.setViewport({ width, height: 900 });
  scrollWidths.push(await page.evaluate(() => document.documentElement.scrollWidth));
}
await browser.close();
console.log(JSON.stringify({ requests, messages, missing, ...seen, scrollWidths }));
