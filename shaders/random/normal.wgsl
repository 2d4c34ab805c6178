// requires: special/erfinvCore.wgsl
// error: 6 ulp
// A standard normal by inversion: sqrt(2) erfinv(2u - 1), u as in uniformFromBits. 2u - 1 = (2k + 1 - 2^23) / 2^23 is
// formed exactly, so the tails (to 5.2 sd) keep their precision and the law is symmetric to the last bit.
// No shifts, which software adapters do lane by lane: the top bits as a signed number, 2^9 (k - 2^22), are exact in f32.
fn normalFromBits(bits: u32) -> f32 {
  let j = bitcast<i32>((bits & 0xfffffe00u) ^ 0x80000000u);
  return 1.41421356 * e_erfinvCore(f32(j) * 4.656612873077393e-10 + 1.1920928955078125e-7);
}
