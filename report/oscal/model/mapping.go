package model

// A mapping collection.

type MappingDoc struct {
	UUID       string     `json:"uuid"`
	Metadata   Metadata   `json:"metadata"`
	Provenance Provenance `json:"provenance"`
	Mappings   []Mapping  `json:"mappings"`
}

type Provenance struct {
	Method      string     `json:"method"`
	Rationale   string     `json:"matching-rationale"`
	Status      string     `json:"status"`
	Description string     `json:"mapping-description"`
	Props       []Property `json:"props,omitempty"`
	Remarks     string     `json:"remarks,omitempty"`
}

type Mapping struct {
	UUID   string          `json:"uuid"`
	Source MappingResource `json:"source-resource"`
	Target MappingResource `json:"target-resource"`
	Maps   []MapEntry      `json:"maps"`
	Props  []Property      `json:"props,omitempty"`
	Gap    *GapSummary     `json:"source-gap-summary,omitempty"`
}

type MappingResource struct {
	NS    string     `json:"ns,omitempty"`
	Type  string     `json:"type"`
	Href  string     `json:"href"`
	Props []Property `json:"props,omitempty"`
}

type MapEntry struct {
	UUID         string        `json:"uuid"`
	Relationship string        `json:"relationship"`
	Sources      []MappingItem `json:"sources"`
	Targets      []MappingItem `json:"targets"`
	Confidence   *Confidence   `json:"confidence-score,omitempty"`
	Props        []Property    `json:"props,omitempty"`
	Remarks      string        `json:"remarks,omitempty"`
}

type MappingItem struct {
	Type  string     `json:"type"`
	ID    string     `json:"id-ref"`
	Props []Property `json:"props,omitempty"`
}

type Confidence struct {
	Category string `json:"category,omitempty"`
}

type GapSummary struct {
	UUID     string      `json:"uuid"`
	Unmapped []Selection `json:"unmapped-controls"`
}
