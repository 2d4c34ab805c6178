// requires: special/erfinvCore.wgsl
// error: 6 ulp
// A standard normal by inversion: sqrt(2) erfinv(2u - 1), u as in uniformFromBits. 2u - 1 = (2k + 1 - 2^23) / 2^23 is
// formed exactly, so the tails (to 5.2 sd) keep their precision and the law is symmetric to the last bit.
fn normalFromBits(bits: u32) -> f32 {
  let j = bitcast<i32>(2u * (bits >> 9u) + 1u) - 8388608;
  return 1.41421356 * e_erfinvCore(f32(j) * 1.1920928955078125e-7);
}
