declare module "virtual:gallery" {
  import type { GalleryEntry } from "./example.ts";

  const entries: readonly GalleryEntry[];
  export default entries;
}
declare module "temml";
declare module "*.css";
