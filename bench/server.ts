/** Serves the built suite. "/" is a page isolated across origins, which alone may share memory between threads; "/plain" is not. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
};
const PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Elbow benchmark</title>';

const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** `mounts`: folders by the path they appear under, the longest match first. */
export async function serve(mounts: Readonly<Record<string, string>>): Promise<Server> {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    const isolation = path === "/plain" ? {} : ISOLATION;
    if (path === "/" || path === "/plain") {
      response.writeHead(200, { ...isolation, "content-type": "text/html" }).end(PAGE);
      return;
    }
    const prefix = prefixes.find((p) => path.startsWith(p));
    const folder = prefix === undefined ? undefined : mounts[prefix]!;
    const file = folder === undefined ? "" : join(folder, path.slice(prefix!.length));
    if (folder && file.startsWith(folder + sep) && statSync(file, { throwIfNoEntry: false })?.isFile()) {
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      response.writeHead(200, { ...isolation, "content-type": type, "cache-control": "no-store" });
      createReadStream(file).pipe(response);
    } else response.writeHead(404, isolation).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
