// error: exact
// A uniform on (0, 1): (k + 1/2) / 2^23 with k the top 23 bits. Exact in f32 (24 significant bits), never 0 or 1, and
// symmetric about 1/2.
fn uniformFromBits(bits: u32) -> f32 {
  return f32(2u * (bits >> 9u) + 1u) * 5.9604644775390625e-8;
}
