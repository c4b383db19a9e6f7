package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
)

func build(t *testing.T, links map[string]string, files ...string) *Tree {
	t.Helper()
	tr := New("test", 100)
	for _, p := range files {
		if err := tr.Add(&File{Path: p, Mode: 0o644, Size: int64(len(p)), Load: func() ([]byte, error) { return []byte(p), nil }}); err != nil {
			t.Fatal(err)
		}
	}
	for p, target := range links {
		if err := tr.Add(&File{Path: p, Mode: fs.ModeSymlink | 0o777, Target: target}); err != nil {
			t.Fatal(err)
		}
	}
	return tr.Seal()
}

func TestLookup(t *testing.T) {
	deep := map[string]string{
		"/l": "/etc/passwd", "/etc/rel": "passwd", "/up": "../../../../etc/passwd", "/d": "etc", "/loop": "loop", "/a": "b", "/b": "/a",
		"/gone": "/nowhere", "/dd": "d/../d/./rel", "/abs": "//etc//passwd",
	}
	for i := range 60 {
		deep[fmt.Sprintf("/n%d", i)] = fmt.Sprintf("n%d", i+1)
	}
	tr := build(t, deep, "/etc/passwd", "/n60", "/dir/etc/passwd")
	tests := []struct {
		name, want string
		err        error
	}{
		{"/etc/passwd", "/etc/passwd", nil},
		{"etc/../etc/./passwd", "/etc/passwd", nil},
		{"/../../etc/passwd", "/etc/passwd", nil},
		{"/l", "/etc/passwd", nil},
		{"/etc/rel", "/etc/passwd", nil},
		{"/up", "/etc/passwd", nil},
		{"/d/passwd", "/etc/passwd", nil},
		{"/dd", "/etc/passwd", nil},
		{"/abs", "/etc/passwd", nil},
		{"/", "/", nil},
		{"/loop", "", ErrLoop},
		{"/a", "", ErrLoop},
		{"/n0", "", ErrLoop},
		{"/n40", "/n60", nil},
		{"/gone", "", ErrNotExist},
		{"/none", "", ErrNotExist},
		{"/" + strings.Repeat("x/", 5000), "", ErrNotExist},
	}
	for _, tt := range tests {
		f, err := tr.Lookup(tt.name)
		if !errors.Is(err, tt.err) {
			t.Errorf("%.40q: got error %v, want %v", tt.name, err, tt.err)
			continue
		}
		if err == nil && f.Path != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, f.Path, tt.want)
		}
	}
	if f, err := tr.Lstat("/d/rel"); err != nil || f.Target != "passwd" {
		t.Errorf("Lstat: %+v %v", f, err)
	}
	if b, err := tr.ReadFile("/l"); err != nil || string(b) != "/etc/passwd" {
		t.Errorf("ReadFile: %q %v", b, err)
	}
}

func TestGlob(t *testing.T) {
	tr := build(t, map[string]string{"/etc/rc.d/S10a": "../init.d/a", "/link": "etc"}, "/etc/init.d/a", "/etc/init.d/S99b", "/etc/init.d/S9", "/etc/init.d/.S11h")
	for pattern, want := range map[string][]string{
		"/etc/init.d/S??*": {"/etc/init.d/S99b"}, "/link/rc.d/S*": {"/link/rc.d/S10a"}, "/etc/*/S[0-9][0-9]*": {"/etc/init.d/S99b", "/etc/rc.d/S10a"},
		"/etc/init.d/*": {"/etc/init.d/S9", "/etc/init.d/S99b", "/etc/init.d/a"}, "/none/*": nil, "/etc/init.d/[": nil,
	} {
		if got := tr.Glob(pattern); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
}

func TestAdd(t *testing.T) {
	tr := New("test", 5)
	for _, bad := range []string{"../x", "a/../../x", "x\x00y", strings.Repeat("a/", 500), strings.Repeat("a", 5000), ".."} {
		if err := tr.Add(&File{Path: bad}); err == nil {
			t.Errorf("%.20q was taken", bad)
		}
	}
	for i := range 10 {
		err := tr.Add(&File{Path: fmt.Sprint(i)})
		if (err != nil) != (i >= 4) || err != nil && !errors.Is(err, ErrFull) {
			t.Errorf("file %d: %v", i, err)
		}
	}
	if err := tr.Add(&File{Path: "/0", UID: 9}); err != nil {
		t.Errorf("replacing in a full tree: %v", err)
	}
	if f, err := tr.Seal().Lookup("0"); err != nil || f.UID != 9 {
		t.Errorf("the later entry does not win: %+v %v", f, err)
	}
}
