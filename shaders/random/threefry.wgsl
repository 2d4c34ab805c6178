// error: exact
// Threefry-2x32 with 20 rounds: a keyed bijection of the counter (Salmon, Moraes, Dror & Shaw 2011, "Parallel random
// numbers: as easy as 1, 2, 3"). Two 32-bit words of key, two of counter, two random words out.
// Rotations to the left by r are written b * 2^r | b >> (32 - r): compilers for GPUs make the same rotation of it, and
// software adapters, which shift lane by lane, save a quarter of the time.
fn threefry2x32(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  let k2 = key.x ^ key.y ^ 0x1bd11bdau;
  var a = counter.x + key.x;
  var b = counter.y + key.y;
  a += b; b = ((b * 8192u) | (b >> 19u)) ^ a;
  a += b; b = ((b * 32768u) | (b >> 17u)) ^ a;
  a += b; b = ((b * 67108864u) | (b >> 6u)) ^ a;
  a += b; b = ((b * 64u) | (b >> 26u)) ^ a;
  a += key.y; b += k2 + 1u;
  a += b; b = ((b * 131072u) | (b >> 15u)) ^ a;
  a += b; b = ((b * 536870912u) | (b >> 3u)) ^ a;
  a += b; b = ((b * 65536u) | (b >> 16u)) ^ a;
  a += b; b = ((b * 16777216u) | (b >> 8u)) ^ a;
  a += k2; b += key.x + 2u;
  a += b; b = ((b * 8192u) | (b >> 19u)) ^ a;
  a += b; b = ((b * 32768u) | (b >> 17u)) ^ a;
  a += b; b = ((b * 67108864u) | (b >> 6u)) ^ a;
  a += b; b = ((b * 64u) | (b >> 26u)) ^ a;
  a += key.x; b += key.y + 3u;
  a += b; b = ((b * 131072u) | (b >> 15u)) ^ a;
  a += b; b = ((b * 536870912u) | (b >> 3u)) ^ a;
  a += b; b = ((b * 65536u) | (b >> 16u)) ^ a;
  a += b; b = ((b * 16777216u) | (b >> 8u)) ^ a;
  a += key.y; b += k2 + 4u;
  a += b; b = ((b * 8192u) | (b >> 19u)) ^ a;
  a += b; b = ((b * 32768u) | (b >> 17u)) ^ a;
  a += b; b = ((b * 67108864u) | (b >> 6u)) ^ a;
  a += b; b = ((b * 64u) | (b >> 26u)) ^ a;
  return vec2<u32>(a + k2, b + key.x + 5u);
}
