// Package model is the part of OSCAL 1.2.1 that is written, as structs whose JSON is
// the format, the part of a mapping collection that is read, and what fits its kinds
// of text. The names and the meaning of types and fields are those of the format; a
// field that it allows and nobody writes is not here. The package must never know an
// assessment or a regime.
package model

// What all models share.

type Metadata struct {
	Title        string        `json:"title"`
	LastModified string        `json:"last-modified"`
	Version      string        `json:"version"`
	OSCALVersion string        `json:"oscal-version"`
	Props        []Property    `json:"props,omitempty"`
	Roles        []Role        `json:"roles,omitempty"`
	Parties      []Party       `json:"parties,omitempty"`
	Responsible  []Responsible `json:"responsible-parties,omitempty"`
	Remarks      string        `json:"remarks,omitempty"`
}

type Role struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type Party struct {
	UUID  string     `json:"uuid"`
	Type  string     `json:"type"`
	Name  string     `json:"name,omitempty"`
	Props []Property `json:"props,omitempty"`
}

type Responsible struct {
	RoleID  string   `json:"role-id"`
	Parties []string `json:"party-uuids"`
}

type Property struct {
	Name    string `json:"name"`
	NS      string `json:"ns,omitempty"`
	Value   string `json:"value"`
	Class   string `json:"class,omitempty"`
	Group   string `json:"group,omitempty"`
	Remarks string `json:"remarks,omitempty"`
}

type Link struct {
	Href string `json:"href"`
	Rel  string `json:"rel,omitempty"`
	Text string `json:"text,omitempty"`
}

type BackMatter struct {
	Resources []Resource `json:"resources"`
}

type Resource struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Props       []Property `json:"props,omitempty"`
	Rlinks      []Rlink    `json:"rlinks,omitempty"`
	Remarks     string     `json:"remarks,omitempty"`
}

type Rlink struct {
	Href   string `json:"href"`
	Hashes []Hash `json:"hashes,omitempty"`
}

type Hash struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

type Part struct {
	ID    string     `json:"id,omitempty"`
	Name  string     `json:"name"`
	NS    string     `json:"ns,omitempty"`
	Title string     `json:"title,omitempty"`
	Props []Property `json:"props,omitempty"`
	Prose string     `json:"prose,omitempty"`
	Parts []Part     `json:"parts,omitempty"`
}

// A catalog.

type CatalogDoc struct {
	UUID       string      `json:"uuid"`
	Metadata   Metadata    `json:"metadata"`
	Controls   []Control   `json:"controls,omitempty"`
	Groups     []Group     `json:"groups,omitempty"`
	BackMatter *BackMatter `json:"back-matter,omitempty"`
}

type Group struct {
	ID       string     `json:"id"`
	Class    string     `json:"class"`
	Title    string     `json:"title"`
	Props    []Property `json:"props,omitempty"`
	Parts    []Part     `json:"parts,omitempty"`
	Controls []Control  `json:"controls,omitempty"`
}

type Control struct {
	ID    string     `json:"id"`
	Class string     `json:"class"`
	Title string     `json:"title"`
	Props []Property `json:"props,omitempty"`
	Parts []Part     `json:"parts,omitempty"`
}

// A profile.

type ProfileDoc struct {
	UUID     string      `json:"uuid"`
	Metadata Metadata    `json:"metadata"`
	Imports  []Importing `json:"imports"`
	Merge    Merge       `json:"merge"`
}

type Importing struct {
	Href    string      `json:"href"`
	Include []Selection `json:"include-controls"`
}

type Selection struct {
	WithIDs []string `json:"with-ids"`
}

type Merge struct {
	AsIs bool `json:"as-is"`
}

// A component definition.

type ComponentDoc struct {
	UUID       string             `json:"uuid"`
	Metadata   Metadata           `json:"metadata"`
	Components []DefinedComponent `json:"components"`
}

type DefinedComponent struct {
	UUID            string           `json:"uuid"`
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Description     string           `json:"description"`
	Props           []Property       `json:"props,omitempty"`
	Implementations []Implementation `json:"control-implementations,omitempty"`
	Remarks         string           `json:"remarks,omitempty"`
}

type Implementation struct {
	UUID         string        `json:"uuid"`
	Source       string        `json:"source"`
	Description  string        `json:"description"`
	Requirements []Implemented `json:"implemented-requirements"`
}

type Implemented struct {
	UUID        string     `json:"uuid"`
	ControlID   string     `json:"control-id"`
	Description string     `json:"description"`
	Props       []Property `json:"props,omitempty"`
	Remarks     string     `json:"remarks,omitempty"`
}
