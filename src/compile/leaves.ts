import normalText from "../../shaders/random/normal.wgsl?raw";
import threefryText from "../../shaders/random/threefry.wgsl?raw";
import threefryWordsText from "../../shaders/random/threefryWords.wgsl?raw";
import uniformText from "../../shaders/random/uniform.wgsl?raw";
import atanText from "../../shaders/special/atan.wgsl?raw";
import besselRatioText from "../../shaders/special/besselRatio.wgsl?raw";
import betaIsBelowText from "../../shaders/special/betaIsBelow.wgsl?raw";
import betaKernelText from "../../shaders/special/betaKernel.wgsl?raw";
import betaTailText from "../../shaders/special/betaTail.wgsl?raw";
import cosText from "../../shaders/special/cos.wgsl?raw";
import digammaText from "../../shaders/special/digamma.wgsl?raw";
import erfText from "../../shaders/special/erf.wgsl?raw";
import erfcText from "../../shaders/special/erfc.wgsl?raw";
import erfinvText from "../../shaders/special/erfinv.wgsl?raw";
import erfinvCoreText from "../../shaders/special/erfinvCore.wgsl?raw";
import expText from "../../shaders/special/exp.wgsl?raw";
import expm1Text from "../../shaders/special/expm1.wgsl?raw";
import expm1mxText from "../../shaders/special/expm1mx.wgsl?raw";
import expNegText from "../../shaders/special/expNeg.wgsl?raw";
import gammaTailText from "../../shaders/special/gammaTail.wgsl?raw";
import gaussLegendreText from "../../shaders/special/gaussLegendre.wgsl?raw";
import inverseMillsText from "../../shaders/special/inverseMills.wgsl?raw";
import isFiniteText from "../../shaders/special/isFinite.wgsl?raw";
import isNaNText from "../../shaders/special/isNaN.wgsl?raw";
import lgammaText from "../../shaders/special/lgamma.wgsl?raw";
import lgammaCoreText from "../../shaders/special/lgammaCore.wgsl?raw";
import logText from "../../shaders/special/log.wgsl?raw";
import log1mExpText from "../../shaders/special/log1mExp.wgsl?raw";
import log1pText from "../../shaders/special/log1p.wgsl?raw";
import log1pmxText from "../../shaders/special/log1pmx.wgsl?raw";
import log1pUnitText from "../../shaders/special/log1pUnit.wgsl?raw";
import logAddExpText from "../../shaders/special/logAddExp.wgsl?raw";
import logBesselI0Text from "../../shaders/special/logBesselI0.wgsl?raw";
import logBetaText from "../../shaders/special/logBeta.wgsl?raw";
import logBetaKernelText from "../../shaders/special/logBetaKernel.wgsl?raw";
import logCoreText from "../../shaders/special/logCore.wgsl?raw";
import logFactorialText from "../../shaders/special/logFactorial.wgsl?raw";
import logGammaDrawByShapeText from "../../shaders/special/logGammaDrawByShape.wgsl?raw";
import logGammaKernelText from "../../shaders/special/logGammaKernel.wgsl?raw";
import logGammaPText from "../../shaders/special/logGammaP.wgsl?raw";
import logGammaPByShapeText from "../../shaders/special/logGammaPByShape.wgsl?raw";
import logGammaQText from "../../shaders/special/logGammaQ.wgsl?raw";
import logGammaQByShapeText from "../../shaders/special/logGammaQByShape.wgsl?raw";
import logIncompleteBetaText from "../../shaders/special/logIncompleteBeta.wgsl?raw";
import logIncompleteBetaByFirstText from "../../shaders/special/logIncompleteBetaByFirst.wgsl?raw";
import logIncompleteBetaBySecondText from "../../shaders/special/logIncompleteBetaBySecond.wgsl?raw";
import logMinusDigammaText from "../../shaders/special/logMinusDigamma.wgsl?raw";
import logNormalCdfText from "../../shaders/special/logNormalCdf.wgsl?raw";
import logSigmoidText from "../../shaders/special/logSigmoid.wgsl?raw";
import lseEmptyText from "../../shaders/special/lseEmpty.wgsl?raw";
import lseFinishText from "../../shaders/special/lseFinish.wgsl?raw";
import lseJoinText from "../../shaders/special/lseJoin.wgsl?raw";
import lseMergeText from "../../shaders/special/lseMerge.wgsl?raw";
import maxText from "../../shaders/special/max.wgsl?raw";
import minText from "../../shaders/special/min.wgsl?raw";
import nonfiniteText from "../../shaders/special/nonfinite.wgsl?raw";
import normalDensityText from "../../shaders/special/normalDensity.wgsl?raw";
import normalTailText from "../../shaders/special/normalTail.wgsl?raw";
import powText from "../../shaders/special/pow.wgsl?raw";
import sigmoidText from "../../shaders/special/sigmoid.wgsl?raw";
import sinText from "../../shaders/special/sin.wgsl?raw";
import sinPiText from "../../shaders/special/sinPi.wgsl?raw";
import softplusText from "../../shaders/special/softplus.wgsl?raw";
import sqrtText from "../../shaders/special/sqrt.wgsl?raw";
import tanhText from "../../shaders/special/tanh.wgsl?raw";
import trigammaText from "../../shaders/special/trigamma.wgsl?raw";

/**
 * The WGSL leaves: hand-written functions that emitted kernels call. A leaf that uses others names their files on its
 * first line: `// requires: special/exp.wgsl, special/nonfinite.wgsl`.
 */
const FILES: Readonly<Record<string, string>> = {
  "random/normal.wgsl": normalText,
  "random/threefry.wgsl": threefryText,
  "random/threefryWords.wgsl": threefryWordsText,
  "random/threefryWords4.wgsl": overLanes(threefryWordsText),
  "random/uniform.wgsl": uniformText,
  "special/besselRatio.wgsl": besselRatioText,
  "special/inverseMills.wgsl": inverseMillsText,
  "special/log1mExp.wgsl": log1mExpText,
  "special/logBesselI0.wgsl": logBesselI0Text,
  "special/logNormalCdf.wgsl": logNormalCdfText,
  "special/normalDensity.wgsl": normalDensityText,
  "special/normalTail.wgsl": normalTailText,
  "special/expm1mx.wgsl": expm1mxText,
  "special/log1pmx.wgsl": log1pmxText,
  "special/logMinusDigamma.wgsl": logMinusDigammaText,
  "special/gaussLegendre.wgsl": gaussLegendreText,
  "special/logGammaKernel.wgsl": logGammaKernelText,
  "special/gammaTail.wgsl": gammaTailText,
  "special/logGammaP.wgsl": logGammaPText,
  "special/logGammaQ.wgsl": logGammaQText,
  "special/logGammaPByShape.wgsl": logGammaPByShapeText,
  "special/logGammaQByShape.wgsl": logGammaQByShapeText,
  "special/logGammaDrawByShape.wgsl": logGammaDrawByShapeText,
  "special/betaKernel.wgsl": betaKernelText,
  "special/logBetaKernel.wgsl": logBetaKernelText,
  "special/betaTail.wgsl": betaTailText,
  "special/betaIsBelow.wgsl": betaIsBelowText,
  "special/logIncompleteBeta.wgsl": logIncompleteBetaText,
  "special/logIncompleteBetaByFirst.wgsl": logIncompleteBetaByFirstText,
  "special/logIncompleteBetaBySecond.wgsl": logIncompleteBetaBySecondText,
  "special/atan.wgsl": atanText,
  "special/cos.wgsl": cosText,
  "special/digamma.wgsl": digammaText,
  "special/erf.wgsl": erfText,
  "special/erfc.wgsl": erfcText,
  "special/erfinv.wgsl": erfinvText,
  "special/erfinvCore.wgsl": erfinvCoreText,
  "special/exp.wgsl": expText,
  "special/expNeg.wgsl": expNegText,
  "special/expm1.wgsl": expm1Text,
  "special/isFinite.wgsl": isFiniteText,
  "special/isNaN.wgsl": isNaNText,
  "special/lgammaCore.wgsl": lgammaCoreText,
  "special/lgamma.wgsl": lgammaText,
  "special/log.wgsl": logText,
  "special/log1pUnit.wgsl": log1pUnitText,
  "special/log1p.wgsl": log1pText,
  "special/logAddExp.wgsl": logAddExpText,
  "special/logBeta.wgsl": logBetaText,
  "special/logCore.wgsl": logCoreText,
  "special/logFactorial.wgsl": logFactorialText,
  "special/logSigmoid.wgsl": logSigmoidText,
  "special/lseEmpty.wgsl": lseEmptyText,
  "special/lseFinish.wgsl": lseFinishText,
  "special/lseJoin.wgsl": lseJoinText,
  "special/lseMerge.wgsl": lseMergeText,
  "special/max.wgsl": maxText,
  "special/min.wgsl": minText,
  "special/nonfinite.wgsl": nonfiniteText,
  "special/pow.wgsl": powText,
  "special/sigmoid.wgsl": sigmoidText,
  "special/sin.wgsl": sinText,
  "special/softplus.wgsl": softplusText,
  "special/sinPi.wgsl": sinPiText,
  "special/sqrt.wgsl": sqrtText,
  "special/tanh.wgsl": tanhText,
  "special/trigamma.wgsl": trigammaText,
};

/** The file that defines each function. */
const FILE_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(FILES).flatMap(([file, text]) =>
    [...text.matchAll(/^fn (\w+)/gm)].map((match): [string, string] => [match[1]!, file]),
  ),
);

/** Every function a kernel may call, by name. */
export const leafNames: readonly string[] = [...FILE_OF.keys()];

/** The text of the named leaves (by function: "e_exp") and of all they require, each once, in dependency order. */
export function leafClosure(names: Iterable<string>): string {
  const texts: string[] = [];
  const seen = new Set<string>();
  const add = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = FILES[file];
    if (text === undefined) throw new Error(`no WGSL leaf file ${file}`);
    for (const required of requirements(text)) add(required);
    texts.push(text);
  };
  for (const name of names) {
    const file = FILE_OF.get(name);
    if (file === undefined) throw new Error(`no WGSL leaf is called ${name}; there are ${leafNames.join(", ")}`);
    add(file);
  }
  return texts.join("\n");
}

/**
 * A leaf without branches, its constants written as u32(…), serves four lanes when it is read with vec4<u32> for u32 and
 * so on; what it defines gets a 4 to its name. For long chains of dependent operations alone: four of them side by side
 * keep a processor busy, while what is short runs better one by one, its intermediate results in registers.
 */
function overLanes(text: string): string {
  const defined = [...text.matchAll(/^(?:fn|struct) (\w+)/gm)].map((match) => match[1]!);
  const renamed = text.replace(new RegExp(`\\b(${defined.join("|")})\\b`, "g"), (name) => `${name}4`);
  return renamed.replace(/\b(f32|i32|u32|bool)\b/g, "vec4<$1>");
}

function requirements(text: string): string[] {
  const line = /^\/\/ requires: (.*)/.exec(text);
  return line ? line[1]!.split(",").map((file) => file.trim()) : [];
}
