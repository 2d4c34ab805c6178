export { type BrowserChoice, findBrowser, launchOptions } from "./browser.ts";
export { nodeGpu, openNodeGpu } from "./gpu.ts";
