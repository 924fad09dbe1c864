// node draw.js MESSAGE.json PICTURE.png: a golden message as Slack shows it.
//
// slack-blocks-to-jsx draws the blocks; the frame (app, badge, colour bar) is ours; Chromium takes the picture.
// CHROMIUM names the browser where it is not called chromium.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import slackBlocksToJsx from "slack-blocks-to-jsx";

const WIDTH = 720; // CSS pixels: as wide as Slack lets a message be
const SCALE = 1.5; // for sharp screens
const [source, target] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(import.meta.url);
const rendererStyle = readFileSync(
  require.resolve("slack-blocks-to-jsx").replace("index.js", "style.css"),
  "utf8",
);
const ourStyle = readFileSync(new URL("message.css", import.meta.url), "utf8");

// In Slack, verbatim only switches off the linking of plain text; this renderer then shows the markup itself.
// It also knows no escapes inside code, and prints &amp; there.
function asRendered(value) {
  if (Array.isArray(value)) return value.map(asRendered);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([name]) => name !== "verbatim");
  return Object.fromEntries(
    entries.map(([name, each]) => [name, name === "text" && typeof each === "string" ? unescaped(each) : asRendered(each)]),
  );
}

function unescaped(text) {
  return text.replace(/`[^`\n]*`/g, (code) => code.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"));
}

// What Slack shows of <!date^…^{date_short_pretty} {time}|…> to a reader in UTC.
const locale = source.endsWith(".ja.json") ? "ja-JP" : "en-US";
const part = (moment, options) => moment.toLocaleString(locale, { ...options, timeZone: "UTC" });
const time = (moment) => part(moment, { hour: "numeric", minute: "2-digit" });

function date({ timestamp }) {
  const moment = new Date(Number(timestamp) * 1000);
  return `${part(moment, { day: "numeric", month: locale === "ja-JP" ? "long" : "short", year: "numeric" })} ${time(moment)}`;
}

function drawn(blocks) {
  const props = { blocks: asRendered(blocks), name: "", logo: "", theme: "light", withoutWrapper: true, hooks: { date } };
  return renderToStaticMarkup(createElement(slackBlocksToJsx.Message, props));
}

function page(message) {
  const attachments = (message.attachments ?? []).map(
    ({ color, blocks }) => `<div class="attachment"><i style="background:${color}"></i>${drawn(blocks)}</div>`,
  );
  return `<!doctype html><html lang="${locale}"><meta charset="utf-8"><style>${rendererStyle}${ourStyle}</style>
<article>
  <svg class="avatar" viewBox="0 0 36 36"><rect width="36" height="36" rx="8" fill="#1f2937"/>
    <path d="M18 7l9 3.2v7.1c0 5.6-3.7 9.6-9 11.7-5.3-2.1-9-6.1-9-11.7v-7.1z" fill="#f8fafc"/>
    <path d="M18 12.5v6.200" stroke="#d13212" stroke-width="2.6" stroke-linecap="round"/>
    <circle cx="18" cy="22.7" r="1.6" fill="#d13212"/></svg>
  <section>
    <header><b>GuardDuty</b><span class="badge">APP</span><time>${time(new Date("2026-11-20T09:41:00Z"))}</time></header>
    ${drawn(message.blocks)}${attachments.join("")}
  </section>
</article>
<script>document.documentElement.dataset.height = Math.ceil(document.querySelector("article").getBoundingClientRect().bottom)</script>`;
}

function chromium(...options) {
  const quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"];
  return execFileSync(process.env.CHROMIUM ?? "chromium", [...quiet, ...options], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 60_000,
  });
}

const folder = mkdtempSync(join(tmpdir(), "picture-"));
try {
  const html = join(folder, "message.html");
  writeFileSync(html, page(JSON.parse(readFileSync(source, "utf8"))));
  const address = pathToFileURL(html).href;
  const profile = `--user-data-dir=${join(folder, "profile")}`;
  const [, height] = /data-height="(\d+)"/.exec(chromium(profile, `--window-size=${WIDTH},4000`, "--dump-dom", address));
  chromium(profile, `--window-size=${WIDTH},${height}`, `--force-device-scale-factor=${SCALE}`, `--screenshot=${target}`, address);
  console.log(`${target}: ${WIDTH * SCALE} × ${height * SCALE}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
