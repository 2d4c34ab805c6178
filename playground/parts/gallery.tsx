import type { GalleryEntry } from "../example.ts";

/** Every example of the repository. */
export function Gallery({ entries }: { readonly entries: readonly GalleryEntry[] }) {
  const own = entries.filter(({ slug }) => !slug.includes("/"));
  const posteriordb = entries.filter(({ slug }) => slug.includes("/"));
  return (
    <>
      <h1>Pick a model</h1>
      <p>Each opens with its explanation and data. Change the model, bring data of your own, and fit.</p>
      <Cards entries={own} />
      <h2>See for yourself</h2>
      <ul class="cards">
        <li>
          <a href="#/two-modes">Two modes, two divergences</a>
          <p>Reverse KL picks a mode, forward KL covers both: move the modes and see.</p>
        </li>
        <li>
          <a href="#/example/evidence-identity">Evidence = ELBO + KL</a>
          <p>Fit, and watch the gap between the bound and the evidence close.</p>
        </li>
        <li>
          <a href="#/example/vae-digits">Handwritten digits, autoencoded</a>
          <p>Drag a point through a plane of latents, and see the digit that is decoded there.</p>
        </li>
        <li>
          <a href="#/example/hard-attention-digits">Digits by glimpses</a>
          <p>See where a policy looks for digits, look elsewhere yourself, and see what is read there.</p>
        </li>
      </ul>
      <h2>From posteriordb</h2>
      <p>Models of the public collection of posteriors, with their data.</p>
      <Cards entries={posteriordb} />
    </>
  );
}

function Cards({ entries }: { readonly entries: readonly GalleryEntry[] }) {
  return (
    <ul class="cards">
      {entries.map(({ slug, title, summary }) => (
        <li key={slug}>
          <a href={`#/example/${slug}`}>{title}</a>
          <p>{summary}</p>
        </li>
      ))}
    </ul>
  );
}
