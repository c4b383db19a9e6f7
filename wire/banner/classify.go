package banner

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Class is what kind of thing an Item is.
type Class string

const (
	ProductVersion Class = "product-version" // software with its version
	Kernel         Class = "kernel"          // operating system kernel with its version
	Serial         Class = "serial"          // serial number of the unit
	MAC            Class = "mac"             // hardware address of the unit
	Model          Class = "model"           // model designation; no version
)

// An Item is a piece of a statement that means something.
type Item struct {
	Class   Class  `json:"class"`
	Where   string `json:"where"`
	Name    string `json:"name,omitempty"`    // of the product, kernel or model
	Version string `json:"version,omitempty"` // of the product or kernel
	Value   string `json:"value"`             // as it stood in the text
}

var (
	macRE    = regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})\b`)
	bareMAC  = regexp.MustCompile(`(?i)\bmac(?:[ _-]?addr(?:ess)?)?[ =:#_-]+([0-9a-f]{12})\b`)
	serialRE = regexp.MustCompile(`(?i)\b(?:s/n|serial(?:[ _-]?(?:no|nr|num|number))?\.?)[ =:#_]+([A-Z0-9][A-Z0-9-]{4,31})\b`)
	modelRE  = regexp.MustCompile(`(?i)\bmodel(?:[ _-]?(?:name|no|number))?[ =:#]+([A-Za-z0-9][A-Za-z0-9_./+-]{1,40})`)
	// kernelRE reads "Linux/3.10.14", "Linux 5.10.0-x" and the form of uname,
	// "Linux host 5.10.0 #1".
	kernelRE = regexp.MustCompile(`\b(Linux|FreeRTOS|VxWorks|ThreadX|Zephyr|FreeBSD|NetBSD|OpenBSD|eCos|LiteOS|RT-Thread|Windows NT)(?:[/ _-]+(?:Kernel )?[Vv]?|(?: [A-Za-z0-9._-]{1,64} ))(\d+\.\d+[0-9A-Za-z._+-]*)`)
	// productRE reads "name/1.2.3", "name_1.2", "name 1.2.3", "name v1.2b".
	productRE = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+-]*(?:[_.-][A-Za-z][A-Za-z0-9+-]*)?)(?:[/_ -]|, ?|, ?[Vv]ersion |: )\(?[vVr]?(\d+(?:\.\d+)+[0-9A-Za-z_.+-]*|(?:19|20)\d\d\.\d+)`)
	// slashRE reads a name and a version without a dot, "GoAhead/4".
	slashRE = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*)/(\d+[0-9A-Za-z_.+-]*)`)
)

// protocolRE reads protocols with their version, which tells nothing of the
// software.
var protocolRE = regexp.MustCompile(`(?i)\b(?:SSH-\d\.\d+-|(?:HTTPS?|RTSP|SIP|SSL|TLS|UPnP|DLNADOC|DLNA|MQTT|ONVIF|SMB|ICY|X?HTML|XML|IP)[/ -]?v?\d(?:\.\d+)*)`)

// taken stands where a part was taken out of a text.
const taken = " ; "

// Classify finds the items of a text, at most 50. models are the known model
// designations of the device.
func Classify(text string, models []string) []Item {
	if len(text) > 4*textCap {
		text = text[:4*textCap]
	}
	var out []Item
	add := func(it Item) {
		if len(out) < 50 && !slices.Contains(out, it) {
			out = append(out, it)
		}
	}
	// Each kind takes its part out of the text, so that a kernel is not a
	// product too and a serial number not a version.
	take := func(re *regexp.Regexp, f func(m []string) (Item, bool)) {
		text = re.ReplaceAllStringFunc(text, func(s string) string {
			it, ok := f(re.FindStringSubmatch(s))
			if !ok {
				return s
			}
			add(it)
			return taken
		})
	}
	value := func(c Class, i int) func([]string) (Item, bool) {
		return func(m []string) (Item, bool) {
			if len(m) <= i {
				return Item{}, false
			}
			return Item{Class: c, Value: m[i]}, true
		}
	}
	text = protocolRE.ReplaceAllString(text, taken)
	take(macRE, value(MAC, 0))
	take(bareMAC, value(MAC, 1))
	take(serialRE, func(m []string) (Item, bool) {
		ok := len(m) > 1 && strings.ContainsAny(m[1], "0123456789")
		if !ok {
			return Item{}, false
		}
		return Item{Class: Serial, Value: m[1]}, true
	})
	take(kernelRE, named(Kernel))
	for part := range strings.SplitSeq(text, taken) {
		for _, model := range models {
			if v := findFold(part, model); v != "" {
				add(Item{Class: Model, Name: model, Value: v})
			}
		}
	}
	take(productRE, named(ProductVersion))
	take(slashRE, named(ProductVersion))
	take(modelRE, func(m []string) (Item, bool) {
		if len(m) < 2 {
			return Item{}, false
		}
		return Item{Class: Model, Name: m[1], Value: m[1]}, true
	})
	return out
}

// findFold is where part has model, in upper or lower case, or "". A change of case
// may change the length of a text, so the offsets are those of part itself.
func findFold(part, model string) string {
	if model == "" || !utf8.ValidString(model) {
		return ""
	}
	for i := range len(part) - len(model) + 1 {
		if v := part[i : i+len(model)]; strings.EqualFold(v, model) {
			return v
		}
	}
	return ""
}

// named makes an item of a name and a version.
func named(c Class) func([]string) (Item, bool) {
	return func(m []string) (Item, bool) {
		if len(m) < 3 {
			return Item{}, false
		}
		return Item{Class: c, Name: m[1], Version: strings.TrimRight(m[2], ".,-"), Value: m[0]}, true
	}
}
