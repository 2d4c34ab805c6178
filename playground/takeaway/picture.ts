import { save } from "./save.ts";

const NAMESPACE = "http://www.w3.org/2000/svg";

/** A plot as it stands, with the page's colours written into it. */
function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", NAMESPACE);
  const style = getComputedStyle(svg);
  copy.setAttribute("color", style.color);
  copy.setAttribute("font-family", "sans-serif");
  const probe = document.createElement("span");
  document.body.append(probe);
  const text = new XMLSerializer().serializeToString(copy).replace(/var\((--\w+)\)/g, (_, name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return text;
}

export function saveSvg(name: string, svg: SVGSVGElement): void {
  save(`${name}.svg`, svgText(svg), "image/svg+xml");
}

/** At twice the size on the screen, on the page's paper. */
export async function savePng(name: string, svg: SVGSVGElement): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg))}`;
  await image.decode();
  const { width, height } = svg.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  const context = canvas.getContext("2d")!;
  context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  if (blob !== null) save(`${name}.png`, new Uint8Array(await blob.arrayBuffer()), "image/png");
}
