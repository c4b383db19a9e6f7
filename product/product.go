// Package product reads the declaration of a product, product.yaml: who makes it,
// what is claimed of each provision (ICS), how it is built (IXIT), and what an
// assessor may reach. It reports every problem of the file at once, each with its
// place and what to write instead.
//
// It observes nothing and judges nothing: it must never open a connection, never
// read a file outside the product folder, and never print a secret.
package product

import (
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/blank"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

// SchemaID is the identifier of the declaration format.
const SchemaID = blank.SchemaID

// FileName is the name of the declaration in a product folder.
const FileName = "product.yaml"

// Problem is something wrong with a declaration, or still missing from it.
type Problem = form.Problem

// Problems is a list of problems in the order of the file.
type Problems = form.Problems

// Product is a declaration, as far as it could be read. It is read-only and safe
// for concurrent use.
type Product struct {
	Dir      string
	Schema   string
	Info     Info
	Standard plimsoll.Edition
	Assessor plimsoll.Assessor
	Targets  Targets
	ICS      map[plimsoll.ProvisionID]Claim
	IXIT     map[plimsoll.TableID]*Table
	Labels   []plimsoll.HeldLabel
	Waivers  []plimsoll.Waiver // Live is for the judge to set
	Policy   Policy

	keys  map[string]Value // the scalars of the product block by dotted key
	canon []byte
}

// Info identifies the product: the DUT form of TS 103 701.
type Info struct {
	Manufacturer    Contact
	Name            string
	Model           string
	TradeNames      []string
	Hardware        string
	Runtime         string
	FirmwareVersion string // the version assessed
	FactoryFirmware string // the version it ships with
	Services        []Service
	Contact         Contact
	Category        string
	Support         Support
	PlaceOnMarket   string // 2006-01-02
	Constrained     *Constrained
	Date            string // of the DUT form, 2006-01-02
}

// Contact is a person or an organisation.
type Contact struct {
	Name, Address, Email, Telephone string
}

// Service is an associated service that the product needs.
type Service struct {
	Name, Release, URL string
}

// Support is the period in which the product gets security updates.
type Support struct {
	From, Until string // 2006-01-02
	URL         string // where the period is published
}

// Constrained is the declaration that the device is, or is not, a constrained one.
type Constrained struct {
	Is            bool
	Justification string
}

// Targets is what the assessor may reach. File names are relative to the product
// folder, use "/", and never leave it.
type Targets struct {
	Devices   []Device
	Firmware  []Firmware
	Captures  []Capture
	App       []string
	Web       Web
	Documents map[string]string
}

// Device is one sample of the product on the bench.
type Device struct {
	Serial, MAC            string
	Address, Address6, WAN string
	Ports, UDPPorts        []PortRange // empty when the declaration does not say
	State                  plimsoll.State
	AuthorisedBy           string
	Passwords              map[string]Secret // by user name
}

// PortRange is a range of ports, both ends included.
type PortRange = blank.Range

// Firmware is a firmware image in the product folder.
type Firmware struct {
	File, Version string
	Released      string // 2006-01-02
}

// Capture is a recording of the traffic of a device.
type Capture struct {
	File   string
	Device string // MAC address or serial of the device
	Phase  string // what happened meanwhile, such as setup
}

// Web lists the pages that the manufacturer publishes.
type Web struct {
	DisclosurePolicy string
	SecurityTxt      string
	Support          string
	Privacy          string
	Roots            string // PEM file in the product folder with further trust anchors
}

// Claim is what the ICS says of a provision.
type Claim struct {
	Support  plimsoll.Support
	Reason   string
	External *External
	Line     int
}

// External is external evidence for a test group (TS 103 701, 4.7).
type External struct {
	Document string // file in the product folder
	Scope    string
	Issuer   string
	Until    string // 2006-01-02
}

// Table is an IXIT table of the declaration. A list-form table has one row, whose
// ID is the short name of the table.
type Table struct {
	Def  *catalog.Table
	Rows []Row
}

// Policy is how the manufacturer wants the assessment to be run.
type Policy struct {
	FeedMaxAge  time.Duration
	Countersign []plimsoll.UnitID
}

// Rows returns the rows of a table; none when the table is absent.
func (p *Product) Rows(t plimsoll.TableID) []Row {
	if tab := p.IXIT[t]; tab != nil {
		return tab.Rows
	}
	return nil
}

// Row returns the row of a table with the given id.
func (p *Product) Row(t plimsoll.TableID, id string) (Row, bool) {
	for _, r := range p.Rows(t) {
		if r.ID == id {
			return r, true
		}
	}
	return Row{}, false
}

// Declared reports whether the table is present, even as an empty one.
func (p *Product) Declared(t plimsoll.TableID) bool { return p.IXIT[t] != nil }

// FullName is the name and model: by it evidence and answers know their product. It
// is empty while the declaration has neither.
func (p *Product) FullName() string { return strings.TrimSpace(p.Info.Name + " " + p.Info.Model) }

// Identity says which product this is.
func (p *Product) Identity() plimsoll.ProductIdentity {
	i := p.Info
	return plimsoll.ProductIdentity{
		Manufacturer: i.Manufacturer.Name,
		Name:         i.Name,
		Model:        i.Model,
		TradeNames:   i.TradeNames,
		Hardware:     i.Hardware,
		Firmware:     i.FirmwareVersion,
		Category:     i.Category,
		SupportUntil: i.Support.Until,
		Digest:       p.digest(),
	}
}

// Schema returns the JSON Schema 2020-12 of product.yaml.
func Schema(cat *catalog.Catalog) []byte { return blank.Schema(cat) }
