package passwd

// The tables are those of FIPS 46-3; bit 1 is the most significant.
var (
	desIP = []byte{
		58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
		57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
	}
	desFP = []byte{
		40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
		36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
	}
	desP   = []byte{16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25}
	desPC1 = []byte{
		57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
		63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
	}
	desPC2 = []byte{
		14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
		41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
	}
	desShifts = []byte{1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1}
	desS      = [8][64]byte{
		{
			14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3, 8,
			4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13,
		},
		{
			15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11, 5,
			0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9,
		},
		{
			10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15, 1,
			13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12,
		},
		{
			7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14, 9,
			10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14,
		},
		{
			2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8, 6,
			4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3,
		},
		{
			12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3, 8,
			9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13,
		},
		{
			4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8, 6,
			1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12,
		},
		{
			13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9, 2,
			7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11,
		},
	}
)

// permute picks bits of in, which is width bits wide, in the order of table.
func permute(in uint64, width int, table []byte) uint64 {
	var out uint64
	for _, t := range table {
		out = out<<1 | in>>(width-int(t))&1
	}
	return out
}

// desSubkeys returns the sixteen 48-bit round keys of a 64-bit key.
func desSubkeys(key uint64) (keys [16]uint64) {
	k := permute(key, 64, desPC1)
	c, d := k>>28, k&0xfffffff
	for i, s := range desShifts {
		c = (c<<s | c>>(28-s)) & 0xfffffff
		d = (d<<s | d>>(28-s)) & 0xfffffff
		keys[i] = permute(c<<28|d, 56, desPC2)
	}
	return keys
}

// desSP folds the substitution boxes and the permutation behind them into one table per box.
func desSP() (sp [8][64]uint32) {
	for box := range sp {
		for in := range sp[box] {
			row, col := in>>4&2|in&1, in>>1&15
			v := uint64(desS[box][row*16+col]) << (4 * (7 - box))
			sp[box][in] = uint32(permute(v, 32, desP))
		}
	}
	return sp
}

// desCrypt encrypts block count times with the expansion salted by mask (24 bits, most significant first).
func desCrypt(sp *[8][64]uint32, keys *[16]uint64, block, mask uint64, count int) uint64 {
	v := permute(block, 64, desIP)
	l, r := uint32(v>>32), uint32(v)
	for range count {
		for _, k := range keys {
			e := desExpand(r)
			t := (e>>24 ^ e) & mask
			e ^= t | t<<24
			e ^= k
			f := sp[0][e>>42&63] | sp[1][e>>36&63] | sp[2][e>>30&63] | sp[3][e>>24&63] |
				sp[4][e>>18&63] | sp[5][e>>12&63] | sp[6][e>>6&63] | sp[7][e&63]
			l, r = r, l^f
		}
		l, r = r, l // the last round does not swap; the next count starts from there
	}
	return permute(uint64(l)<<32|uint64(r), 64, desFP)
}

// desExpand is the expansion E: each of eight groups of four bits with its two neighbours.
func desExpand(r uint32) uint64 {
	w := uint64(r)<<1 | uint64(r)>>31 | uint64(r&1)<<33 // bit 32, bits 1 to 32, bit 1
	var e uint64
	for i := range 8 {
		e = e<<6 | w>>(28-4*i)&63
	}
	return e
}

// itoa64 is crypt's alphabet.
const itoa64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func atoi64(c byte) uint64 {
	switch {
	case c >= 'a' && c <= 'z':
		return uint64(c-'a') + 38
	case c >= 'A' && c <= 'Z':
		return uint64(c-'A') + 12
	case c >= '.' && c <= '9':
		return uint64(c - '.')
	}
	return 0
}

// saltMask turns a salt, least significant bit first, into the mask over the expansion.
func saltMask(salt uint64) (mask uint64) {
	for i := range 24 {
		mask |= salt >> i & 1 << (23 - i)
	}
	return mask
}

func desKey(pw []byte) (key uint64) {
	for i := range 8 {
		key <<= 8
		if i < len(pw) {
			key |= uint64(pw[i]<<1) & 0xfe
		}
	}
	return key
}

func desEncode(v uint64) string {
	out := make([]byte, 11)
	for i := range 10 {
		out[i] = itoa64[v>>(58-6*i)&63]
	}
	out[10] = itoa64[v<<2&63]
	return string(out)
}

// desHash is traditional crypt with the two salt characters of setting.
func desHash(sp *[8][64]uint32, pw []byte, setting string) string {
	salt := atoi64(setting[0]) | atoi64(setting[1])<<6
	keys := desSubkeys(desKey(pw))
	return setting[:2] + desEncode(desCrypt(sp, &keys, 0, saltMask(salt), 25))
}

// bsdiHash is extended DES crypt: four characters of count, four of salt, any length of password.
func bsdiHash(sp *[8][64]uint32, pw []byte, setting string) string {
	count, salt := bsdiCount(setting), uint64(0)
	for i := range 4 {
		salt |= atoi64(setting[5+i]) << (6 * i)
	}
	key := desKey(pw)
	for len(pw) > 8 {
		pw = pw[8:]
		keys := desSubkeys(key)
		key = desCrypt(sp, &keys, key, 0, 1) ^ desKey(pw)
	}
	keys := desSubkeys(key)
	return setting[:9] + desEncode(desCrypt(sp, &keys, 0, saltMask(salt), count))
}

func bsdiCount(setting string) int {
	n := 0
	for i := range 4 {
		n |= int(atoi64(setting[1+i])) << (6 * i)
	}
	return n
}
