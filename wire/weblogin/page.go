package weblogin

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// limits of a page: what is beyond them is not read.
const (
	tokensCap = 20000
	fieldsCap = 200
	valueCap  = 16 << 10
)

// page is what a body holds for a login.
type page struct {
	title    string
	password bool
	forms    []rawForm
}

type rawForm struct {
	action, method string
	fields         []field
}

type field struct {
	name, value, kind string
	checked           bool
}

// readPage reads HTML with a tokenizer, which never builds a tree: depth costs
// nothing. Fields outside a form belong to a form of their own without action.
func readPage(body []byte) page {
	var p page
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(1 << 20)
	inTitle, open := false, false
	for range tokensCap {
		switch z.Next() {
		case html.ErrorToken:
			return p
		case html.TextToken:
			if inTitle && p.title == "" {
				p.title = strings.TrimSpace(string(z.Text()))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			inTitle = false
			if string(name) == "form" {
				open = false
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := string(name)
			attrs := attributes(z, more)
			switch tag {
			case "title":
				inTitle = true
			case "form":
				open = true
				p.forms = append(p.forms, rawForm{action: attrs["action"], method: strings.ToUpper(attrs["method"])})
			case "input", "button", "select", "textarea":
				p.add(tag, attrs, open)
			}
		}
	}
	return p
}

func attributes(z *html.Tokenizer, more bool) map[string]string {
	attrs := map[string]string{}
	for n := 0; more && n < 50; n++ {
		var k, v []byte
		k, v, more = z.TagAttr()
		attrs[string(k)] = string(v[:min(len(v), valueCap)])
	}
	return attrs
}

func (p *page) add(tag string, attrs map[string]string, open bool) {
	f := field{name: attrs["name"], value: attrs["value"], kind: strings.ToLower(attrs["type"])}
	_, f.checked = attrs["checked"]
	if tag != "input" {
		f.kind = tag
	} else if f.kind == "" {
		f.kind = "text"
	}
	if f.kind == "password" {
		p.password = true
	}
	if !open || len(p.forms) == 0 {
		return
	}
	if last := &p.forms[len(p.forms)-1]; len(last.fields) < fieldsCap {
		last.fields = append(last.fields, f)
	}
}

// form is a login form that can be submitted.
type form struct {
	action     *url.URL
	method     string
	values     url.Values // hidden fields, tokens and defaults
	user, pass string     // names of the two fields; user may be ""
}

// findForm takes the first form with exactly one password field; one with more
// changes a password. The name field is the last text field before it.
func findForm(body []byte, at *url.URL) (form, bool) {
	for _, raw := range readPage(body).forms {
		f := form{method: http.MethodGet, values: url.Values{}}
		if raw.method == http.MethodPost {
			f.method = http.MethodPost
		}
		passwords, submitted := 0, false
		for _, in := range raw.fields {
			switch in.kind {
			case "password":
				passwords++
				f.pass = in.name
			case "text", "email", "tel":
				if passwords == 0 && in.name != "" {
					f.user = in.name
				}
				f.keep(in)
			case "submit", "button":
				if !submitted && in.name != "" {
					f.keep(in)
					submitted = true
				}
			case "checkbox", "radio":
				if in.checked {
					f.keep(in)
				}
			case "reset", "file", "image":
			default:
				f.keep(in)
			}
		}
		action, err := at.Parse(raw.action)
		if passwords == 1 && f.pass != "" && err == nil && (action.Scheme == "http" || action.Scheme == "https") {
			f.action = action
			return f, true
		}
	}
	return form{}, false
}

func (f *form) keep(in field) {
	if in.name != "" {
		f.values.Add(in.name, in.value)
	}
}

func (f form) request(ctx context.Context, user, password string) (*http.Request, error) {
	if f.user != "" {
		f.values.Set(f.user, user)
	}
	f.values.Set(f.pass, password)
	if f.method == http.MethodPost {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.action.String(), strings.NewReader(f.values.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return req, err
	}
	u := *f.action
	u.RawQuery = f.values.Encode()
	return http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
}
