// error: exact
// A uniform on (0, 1): (k + 1/2) / 2^23 with k the top 23 bits. Exact in f32 (24 significant bits), never 0 or 1, and
// symmetric about 1/2.
// No shifts, which software adapters do lane by lane: the top bits as a signed number, 2^9 (k - 2^22), are exact in f32.
fn uniformFromBits(bits: u32) -> f32 {
  let j = bitcast<i32>((bits & 0xfffffe00u) ^ 0x80000000u);
  return (f32(j) * 2.3283064365386963e-10 + 5.9604644775390625e-8) + 0.5;
}
