/** Shaders are plain WGSL files, inlined as text: `import text from "../../shaders/x/y.wgsl?raw"`. */
declare module "*.wgsl?raw" {
  const text: string;
  export default text;
}
