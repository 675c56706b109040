// esbuild writes the style sheet beside the script; to the types it is only a file that exists.
declare module "*.css";

declare module "*.glsl" {
  const source: string;
  export default source;
}
