// The tests find or unpack a browser themselves (src/node/browser.ts); puppeteer's own download would fail the whole
// install where its host is blocked.
module.exports = { skipDownload: true };
