// requires: random/threefryWords.wgsl
// error: exact
// Threefry-2x32 with 20 rounds, key, counter and answer each as one vector.
fn threefry2x32(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  let words = threefryWords(key.x, key.y, counter.x, counter.y);
  return vec2<u32>(words.x, words.y);
}
