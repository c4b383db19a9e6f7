package report

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// TestContrast asks for the contrast of WCAG 2.2 level AA, 4.5 to 1 for text, in
// the light, the dark and the printed colours.
func TestContrast(t *testing.T) {
	css, err := assets.ReadFile("assets/report.css")
	if err != nil {
		t.Fatal(err)
	}
	roots := regexp.MustCompile(`:root\{([^}]*)\}`).FindAllSubmatch(css, -1)
	if len(roots) != 3 {
		t.Fatalf("got %d sets of colours, want light, dark and print", len(roots))
	}
	for i, name := range []string{"light", "dark", "print"} {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z0-9]+):#([0-9a-f]{3,6})`).FindAllSubmatch(roots[i][1], -1) {
			colours[string(m[1])] = luminance(t, string(m[2]))
		}
		check := func(front, back string) {
			f, okf := colours[front]
			b, okb := colours[back]
			if !okf || !okb {
				t.Errorf("%s: --%s or --%s is missing", name, front, back)
				return
			}
			if c := (max(f, b) + 0.05) / (min(f, b) + 0.05); c < 4.5 {
				t.Errorf("%s: --%s on --%s has a contrast of %.2f", name, front, back, c)
			}
		}
		for _, front := range []string{"ink", "soft", "sea", "pass", "fail", "inc", "na", "against"} {
			for _, back := range []string{"paper", "card", "wash"} {
				check(front, back)
			}
		}
		check("knock", "sea")
	}
}

// luminance is the relative luminance of a colour in sRGB (WCAG 2.2).
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = hex[:1] + hex[:1] + hex[1:2] + hex[1:2] + hex[2:] + hex[2:]
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(v uint64) float64 {
		s := float64(v&0xff) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}
