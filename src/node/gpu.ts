/// <reference types="@webgpu/types" preserve="true" />
import { existsSync, readdirSync } from "node:fs";
import { constants, homedir } from "node:os";
import { join } from "node:path";
import { isSoftwareAdapter } from "../webgpu/adapter.ts";
import { GpuDevice, type GpuOpenOptions } from "../webgpu/device.ts";
import { NoAdapterError } from "../webgpu/errors.ts";
import { unpackDriver } from "./unpack.ts";

/** Folders whose Chromium or Chrome brings SwiftShader and a Vulkan loader along. */
const BROWSER_FOLDERS = ["/usr/lib/chromium", "/opt/google/chrome", "/usr/lib/chromium-browser"];

/** Some container images keep NVIDIA's driver file here, where no Vulkan loader looks. */
const EXTRA_DRIVERS = ["/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json"];

const HOW_TO =
  "Install your GPU's Vulkan driver, or the software one: npm install --save-dev @sparticuz/chromium@147.0.0 " +
  '(Linux x64), or Debian\'s chromium. The float64 reference needs neither: device "cpu".';

let chosen: Promise<GPU> | undefined;

/**
 * WebGPU in Node: the optional peer `webgpu` (Dawn) on the system's own GPU, else on SwiftShader, a software driver.
 * The choice is made once a process. `VK_ICD_FILENAMES` or `VK_DRIVER_FILES`, where set, decide instead.
 */
export function nodeGpu(): Promise<GPU> {
  chosen ??= chooseGpu().catch((error) => {
    chosen = undefined;
    throw error;
  });
  return chosen;
}

/** Opens a device on `nodeGpu()`. Throws `NoAdapterError`, saying how to get an adapter, where there is none. */
export async function openNodeGpu(options: GpuOpenOptions = {}): Promise<GpuDevice> {
  return GpuDevice.open(await nodeGpu(), options);
}

async function chooseGpu(): Promise<GPU> {
  const create = await loadDawn();
  if (process.platform !== "linux") return create();

  const explicit = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (explicit !== undefined) {
    await preloadVulkan();
    const found = await tryAdapter(create);
    if (found) return found.gpu;
    throw new NoAdapterError(`the Vulkan drivers named by the environment (${explicit}) give no adapter. ${HOW_TO}`);
  }

  // Where no driver is installed, asking would only make the Vulkan loader complain on stderr.
  let system: Found | undefined;
  if (systemDriverInstalled()) {
    await preloadVulkan();
    system = await tryAdapter(create);
  } else {
    const extra = EXTRA_DRIVERS.find((file) => existsSync(file));
    if (extra) {
      await preloadVulkan();
      system = await tryAdapter(create, extra);
    }
  }
  if (system && !system.software) return system.gpu;

  const folder = await softwareDriver();
  if (folder) {
    await preloadVulkan(folder);
    const found = await tryAdapter(create, join(folder, "vk_swiftshader_icd.json"));
    if (found) return found.gpu;
  }
  if (system) return system.gpu;
  throw new NoAdapterError(`no WebGPU adapter: this machine has no usable Vulkan driver. ${HOW_TO}`);
}

interface Found {
  readonly gpu: GPU;
  readonly software: boolean;
}

/** A fresh Dawn instance reads the drivers' environment anew; the instance then keeps what it found. */
async function tryAdapter(create: () => GPU, icd?: string): Promise<Found | undefined> {
  const before = process.env.VK_ICD_FILENAMES;
  if (icd !== undefined) process.env.VK_ICD_FILENAMES = icd;
  try {
    const gpu = create();
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    return adapter ? { gpu, software: isSoftwareAdapter(adapter.info) } : undefined;
  } finally {
    // Child processes (a browser, say) must choose their own driver.
    if (icd !== undefined && before === undefined) delete process.env.VK_ICD_FILENAMES;
  }
}

async function loadDawn(): Promise<() => GPU> {
  try {
    const { create } = await import("webgpu");
    return () => create([]);
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    const reason = missing
      ? "the optional package `webgpu` is not installed"
      : `the package \`webgpu\` does not load (${cause instanceof Error ? cause.message : cause})`;
    throw new NoAdapterError(
      `no WebGPU in Node: ${reason}. Run: npm install webgpu@0.6.2. The float64 reference needs none: device "cpu".`,
      { cause },
    );
  }
}

function systemDriverInstalled(): boolean {
  const data = (process.env.XDG_DATA_DIRS ?? "/usr/local/share:/usr/share").split(":");
  const config = (process.env.XDG_CONFIG_DIRS ?? "/etc/xdg").split(":");
  const roots = ["/etc", "/usr/local/etc", ...config, ...data, join(homedir(), ".local/share")];
  return roots.some((root) => {
    try {
      return readdirSync(join(root, "vulkan/icd.d")).some((file) => file.endsWith(".json"));
    } catch {
      return false;
    }
  });
}

async function softwareDriver(): Promise<string | undefined> {
  const installed = BROWSER_FOLDERS.find((folder) => existsSync(join(folder, "vk_swiftshader_icd.json")));
  return installed ?? (await unpackDriver());
}

/** Makes a Vulkan loader available where the system has none: Dawn finds a library that is already in the process. */
async function preloadVulkan(folder?: string): Promise<void> {
  if (loadShared("libvulkan.so.1")) return;
  const from = folder ?? (await softwareDriver());
  if (from) loadShared(join(from, "libvulkan.so.1"));
}

/**
 * Loads a plain shared library. `process.dlopen` is made for Node's own modules: for any other it loads the library and
 * then complains that it did not register itself. RTLD_NODELETE keeps it loaded all the same.
 */
function loadShared(library: string): boolean {
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes("did not self-register");
  }
}
