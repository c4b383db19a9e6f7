package product

import (
	"embed"
	"strings"
)

//go:embed templates
var templates embed.FS

// Categories lists the categories that Template knows.
func Categories() []string {
	entries, _ := templates.ReadDir("templates")
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return out
}

// Template returns a commented product.yaml for a category. Of its rows none is a
// declaration, and of its claims none is made, before a person says so.
func Template(category string) ([]byte, bool) {
	if strings.ContainsAny(category, `/\`) {
		return nil, false
	}
	b, err := templates.ReadFile("templates/" + category + ".yaml")
	return b, err == nil
}
