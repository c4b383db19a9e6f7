package form

import (
	"bytes"
	"encoding/json"
)

// Hidden stands in the place of a secret.
const Hidden = "[secret]"

// Canonical returns what the form knows of the document as canonical JSON: keys
// sorted, no white space, secrets replaced by "[secret]", refused values left out.
func (d *Document) Canonical(s *Spec) []byte {
	return encode(canonical(d.Root, s))
}

func canonical(n *Node, s *Spec) any {
	if n == nil || n.bad || n.Kind == Null {
		return nil
	}
	switch {
	case s.Scalar != nil:
		return s.Scalar.canonical(n.Text)
	case s.Item != nil:
		out := []any{}
		for _, i := range n.List() {
			out = append(out, canonical(i, s.Item))
		}
		return out
	case n.Kind == Scalars && s.Short != "":
		return map[string]any{s.Short: canonical(n, s.key(s.Short).Spec)}
	}
	out := map[string]any{}
	for _, e := range n.Map() {
		if of := s.Dict; of != nil {
			out[e.Key] = canonical(e.Value, of)
		} else if k := s.key(e.Key); k != nil {
			out[e.Key] = canonical(e.Value, k.Spec)
		}
	}
	return out
}

func (s *Scalar) canonical(text string) any {
	switch {
	case s.Hide:
		return Hidden
	case s.JSON != nil:
		return s.JSON(text)
	}
	return text
}

// encode never fails: it is given maps, lists, texts, numbers and booleans only.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return bytes.TrimSpace(b.Bytes())
}

// JSONSchema returns the form as a JSON Schema 2020-12, indented. Empty values
// (null) are allowed everywhere: they say "still to fill in".
func JSONSchema(s *Spec, id, title string) []byte {
	root := schema(s)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = id
	root["title"] = title
	var b bytes.Buffer
	_ = json.Indent(&b, encode(root), "", "  ")
	b.WriteByte('\n')
	return b.Bytes()
}

func schema(s *Spec) map[string]any {
	var out map[string]any
	switch {
	case s.Scalar != nil:
		out = s.Scalar.schema()
	case s.Item != nil:
		out = map[string]any{"type": "array", "items": orNull(schema(s.Item))}
		if s.Bare {
			out = map[string]any{"anyOf": []any{out, schema(s.Item)}}
		}
	case s.Dict != nil:
		out = map[string]any{"type": "object", "additionalProperties": orNull(schema(s.Dict))}
	default:
		out = mappingSchema(s)
	}
	if s.Doc != "" {
		out["description"] = s.Doc
	}
	return out
}

func mappingSchema(s *Spec) map[string]any {
	props, required := map[string]any{}, []any{}
	for _, k := range s.Keys {
		if k.Required {
			props[k.Name] = schema(k.Spec)
			required = append(required, k.Name)
			continue
		}
		props[k.Name] = orNull(schema(k.Spec))
	}
	out := map[string]any{"type": "object", "additionalProperties": false, "properties": props}
	if len(required) > 0 {
		out["required"] = required
	}
	if s.Short == "" {
		return out
	}
	return map[string]any{"anyOf": []any{out, schema(s.key(s.Short).Spec)}}
}

// schema of a text allows what YAML readers make of texts such as 2.10 and yes.
func (s *Scalar) schema() map[string]any {
	out := map[string]any{"type": []any{"string", "number", "boolean"}}
	if s.Schema != nil {
		out = map[string]any{}
		for k, v := range s.Schema {
			out[k] = v
		}
	}
	return out
}

func orNull(s map[string]any) map[string]any {
	out := map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
	if doc, ok := s["description"]; ok {
		out["description"] = doc
		delete(s, "description")
	}
	return out
}
