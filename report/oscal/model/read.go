package model

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// What is read of a mapping collection: every field of the format, so that an unknown
// one is an error. Raw ones bear on nothing that is kept.

type ReadFile struct {
	Doc ReadDoc `json:"mapping-collection"`
}

type ReadDoc struct {
	UUID       string          `json:"uuid"`
	Metadata   ReadMetadata    `json:"metadata"`
	Provenance json.RawMessage `json:"provenance"`
	Mappings   ReadList        `json:"mappings"`
	BackMatter json.RawMessage `json:"back-matter"`
}

// readMetadata takes two fields of the metadata and leaves the rest.
type ReadMetadata struct{ Title, Version string }

// UnmarshalJSON reads the metadata, in which other fields are allowed.
func (m *ReadMetadata) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	for name, to := range map[string]*string{"title": &m.Title, "version": &m.Version} {
		if err := json.Unmarshal(all[name], to); err != nil {
			return fmt.Errorf("metadata.%s: want a text", name)
		}
	}
	return nil
}

// readList is a list, or one thing that stands for a list of one.
type ReadList []ReadMapping

// UnmarshalJSON reads either form.
func (l *ReadList) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		var one ReadMapping
		if err := Strictly(b, &one); err != nil {
			return err
		}
		*l = ReadList{one}
		return nil
	}
	return Strictly(b, (*[]ReadMapping)(l))
}

type ReadMapping struct {
	UUID        string          `json:"uuid"`
	Method      json.RawMessage `json:"method"`
	Rationale   json.RawMessage `json:"matching-rationale"`
	Status      json.RawMessage `json:"status"`
	Source      ReadResource    `json:"source-resource"`
	Target      ReadResource    `json:"target-resource"`
	Maps        []ReadMap       `json:"maps"`
	Props       []Property      `json:"props"`
	Links       json.RawMessage `json:"links"`
	Remarks     json.RawMessage `json:"remarks"`
	Description json.RawMessage `json:"mapping-description"`
	SourceGap   *ReadGap        `json:"source-gap-summary"`
	TargetGap   *ReadGap        `json:"target-gap-summary"`
	Confidence  json.RawMessage `json:"confidence-score"`
	Coverage    json.RawMessage `json:"coverage"`
}

type ReadResource struct {
	NS      string          `json:"ns"`
	Type    string          `json:"type"`
	Href    string          `json:"href"`
	Props   []Property      `json:"props"`
	Links   json.RawMessage `json:"links"`
	Remarks json.RawMessage `json:"remarks"`
}

type ReadMap struct {
	UUID         string            `json:"uuid"`
	NS           string            `json:"ns"`
	Rationale    json.RawMessage   `json:"matching-rationale"`
	Relationship string            `json:"relationship"`
	Sources      []ReadItem        `json:"sources"`
	Targets      []ReadItem        `json:"targets"`
	Qualifiers   []json.RawMessage `json:"qualifiers"`
	Confidence   *ReadConfidence   `json:"confidence-score"`
	Coverage     json.RawMessage   `json:"coverage"`
	Props        []Property        `json:"props"`
	Links        json.RawMessage   `json:"links"`
	Remarks      string            `json:"remarks"`
}

type ReadItem struct {
	Type    string          `json:"type"`
	ID      string          `json:"id-ref"`
	Props   []Property      `json:"props"`
	Links   json.RawMessage `json:"links"`
	Remarks json.RawMessage `json:"remarks"`
}

type ReadConfidence struct {
	Category   string  `json:"category"`
	Percentage float64 `json:"percentage"`
}

type ReadGap struct {
	UUID     string       `json:"uuid"`
	Unmapped []ReadSelect `json:"unmapped-controls"`
}

type ReadSelect struct {
	Children string            `json:"with-child-controls"`
	WithIDs  []string          `json:"with-ids"`
	Matching []json.RawMessage `json:"matching"`
}

func Strictly(b []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(to)
}
