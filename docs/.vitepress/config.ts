import { defineConfig } from "vitepress";

type Markdown = Parameters<NonNullable<NonNullable<Parameters<typeof defineConfig>[0]["markdown"]>["config"]>>[0];

/** Links to files of the repository lead nowhere from the site: their text stays. */
function withoutRepositoryLinks(md: Markdown): void {
  md.core.ruler.push("repository-links", ({ tokens }) => {
    for (const { children } of tokens) {
      let inside = false;
      for (const token of children ?? []) {
        const leadsOut = token.type === "link_open" && /^\.\.\//.test(token.attrGet("href") ?? "");
        const closes = inside && token.type === "link_close";
        if (leadsOut) inside = true;
        if (closes) inside = false;
        if (leadsOut || closes) {
          token.type = "text";
          token.tag = "";
          token.content = "";
          token.nesting = 0;
          token.hidden = true;
        }
      }
    }
  });
}

export default defineConfig({
  title: "Elbow",
  description:
    "Variational inference on WebGPU: from a Bayesian model to an approximate posterior, and whether to trust it.",
  base: process.env.DOCS_BASE ?? "/",
  outDir: "../dist-docs",
  cleanUrls: false,
  lastUpdated: false,
  markdown: { config: withoutRepositoryLinks, languageAlias: { stan: "cpp" } },
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    search: {
      provider: "local",
      // The reference has an index of its own; thousands of members would drown the pages.
      options: { _render: (text, env, md) => (env.relativePath.startsWith("api/") ? "" : md.render(text, env)) },
    },
    outline: [2, 3],
    nav: [
      { text: "Getting started", link: "/getting-started" },
      { text: "Modelling", link: "/modelling" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [
      {
        text: "Use",
        items: [
          { text: "Getting started", link: "/getting-started" },
          { text: "Modelling", link: "/modelling" },
          { text: "Distributions", link: "/distributions" },
          { text: "Choosing a guide", link: "/guides" },
          { text: "Reading the verdict", link: "/verdict" },
          { text: "The command line", link: "/cli" },
          { text: "Embedding", link: "/embedding" },
          { text: "Performance guide", link: "/speed" },
        ],
      },
      {
        text: "Know",
        items: [
          { text: "The mathematics", link: "/elbo" },
          { text: "Estimators of gradients", link: "/estimators" },
          { text: "Results", link: "/results" },
          { text: "posteriordb", link: "/posteriordb" },
          { text: "Performance, measured", link: "/performance" },
        ],
      },
      { text: "API", items: [{ text: "All of it", link: "/api/" }] },
    ],
  },
});
