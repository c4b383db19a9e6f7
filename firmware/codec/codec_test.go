package codec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os/exec"
	"strings"
	"testing"
)

// tools make one stream each; a decoder must give back the input and say where the stream ends.
var tools = []struct {
	name, pkg string
	args      []string
	dec       Decoder
}{
	{"gzip", "gzip", []string{"gzip", "-c"}, Gzip},
	{"bzip2", "bzip2", []string{"bzip2", "-c"}, Bzip2},
	{"xz", "xz-utils", []string{"xz", "-c"}, XZ},
	{"xz_blocks", "xz-utils", []string{"xz", "-c", "--block-size=4096", "-C", "none"}, XZ},
	{"xz_arm", "xz-utils", []string{"xz", "-c", "--arm", "--lzma2"}, XZ},
	{"lzma", "xz-utils", []string{"xz", "-c", "--format=lzma"}, LZMA},
	{"zstd", "zstd", []string{"zstd", "-c"}, Zstd},
	{"zstd_long", "zstd", []string{"zstd", "-c", "-19", "--long=25"}, Zstd},
	{"lz4", "lz4", []string{"lz4", "-c"}, LZ4},
	{"lz4_blocks", "lz4", []string{"lz4", "-c", "-B4", "-BX", "--no-frame-crc"}, LZ4},
}

func inputs() map[string][]byte {
	noise := make([]byte, 200001)
	rand.New(rand.NewSource(1)).Read(noise)
	return map[string][]byte{"byte": []byte("x"), "text": []byte(strings.Repeat("some text ", 20000)), "noise": noise, "zeros": make([]byte, 3<<20)}
}

func TestDecoders(t *testing.T) {
	for _, tt := range tools {
		for name, want := range inputs() {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				cmd := exec.Command(tt.args[0], tt.args[1:]...)
				cmd.Stdin = bytes.NewReader(want)
				packed, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v: %v\ninstall %s: apt-get install %s", tt.args, err, tt.pkg, tt.pkg)
				}
				behind := append(bytes.Clone(packed), "what follows the stream, long enough to be read by mistake"...)
				got, err := tt.dec(context.Background(), behind, 16<<20)
				if err != nil || !bytes.Equal(got.Out, want) {
					t.Fatalf("%d bytes, want %d: %v", len(got.Out), len(want), err)
				}
				if got.Size != len(packed) {
					t.Errorf("stream of %d bytes, want %d", got.Size, len(packed))
				}
				if len(want) > 1000 {
					got, err := tt.dec(context.Background(), packed, 1000)
					if !errors.Is(err, ErrLimit) || len(got.Out) != 1000 {
						t.Errorf("limit: %d bytes, %v", len(got.Out), err)
					}
				}
				for _, cut := range []int{0, 1, 5, len(packed) / 2, len(packed) - 1} {
					if got, err := tt.dec(context.Background(), packed[:cut], 16<<20); err == nil && bytes.Equal(got.Out, want) && cut < len(packed)/2 {
						t.Errorf("cut at %d: no error", cut)
					}
				}
				ctx, cancel := context.WithCancel(context.Background())
				cancel()
				if _, err := tt.dec(ctx, packed, 16<<20); err == nil {
					t.Error("ended context: no error")
				}
			})
		}
	}
}

func TestPlausibleLZMA(t *testing.T) {
	head := func(props byte, dict, size string, first byte) []byte {
		return []byte(fmt.Sprintf("%c%s%s%c\x01\x02\x03\x04", props, dict, size, first))
	}
	unknown := strings.Repeat("\xff", 8)
	tests := []struct {
		in   []byte
		want bool
	}{
		{head(0x5d, "\x00\x00\x80\x00", unknown, 0), true},
		{head(0x5d, "\x00\x00\x60\x00", unknown, 0), true},
		{head(0x5d, "\x00\x00\x80\x00", "\x00\x10\x00\x00\x00\x00\x00\x00", 0), true},
		{head(0x5d, "\x00\x00\x80\x00", unknown, 7), false},
		{head(0x5d, "\x01\x00\x80\x00", unknown, 0), false},
		{head(0x5d, "\x00\x00\x00\x00", unknown, 0), false},
		{head(0x5d, "\x00\x00\x00\x7f", unknown, 0), false},
		{head(0x5d, "\x00\x00\x80\x00", "\x00\x10\x00\x00\x01\x00\x00\x00", 0), false},
		{nil, false},
	}
	for i, tt := range tests {
		if got := PlausibleLZMA(tt.in); got != tt.want {
			t.Errorf("%d: %x: got %v", i, tt.in, got)
		}
	}
}
