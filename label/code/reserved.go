// Package code spells the codes of schemes so that people do not confuse two of them,
// and keeps those of countries and of schemes that exist.
//
// It must never let a code pass that looks like one that is kept.
package code

import (
	"fmt"
	"strings"
)

// Alphabet is that of Douglas Crockford's base 32: no I, L, O, U.
const Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Symbol is the value of a character, with look-alikes folded as Crockford does;
// U, which only the code of an issuer may hold, counts as V.
func Symbol(c byte) (byte, bool) {
	switch c {
	case 'I', 'L':
		c = '1'
	case 'O':
		c = '0'
	case 'U':
		c = 'V'
	}
	i := strings.IndexByte(Alphabet, c)
	return byte(max(i, 0)), i >= 0
}

// Fold writes an issuer code so that two codes a person could confuse are equal.
func Fold(code string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToUpper(code)) {
		if v, ok := Symbol(c); ok {
			b.WriteByte(Alphabet[v])
		}
	}
	return b.String()
}

// reservedWords are schemes, authorities and marks that exist: a scheme of one
// person must not look like them.
const reservedWords = "ANSSI ASTERISK BSI BSPA CE CIC CLS CLSIOT CRA CSA CTIA CTM CYBTM CYBER DCL DIN EAC ENISA EPREL ETSI EUCC FCC FINCYB " +
	"GOV GS1 IEC IECEE IMDA IPA ISO ISG ITSIK ITU JCSTAR JIS KC KISA KSC METI NCSC NESAS NIST NIS2 NTC OPSS PSTI RED STAR1 STAR2 STAR3 STAR4 " +
	"TISAX TRAFICOM UKCA UKNI UL VDE"

// alpha3 are the three-letter codes of ISO 3166-1, today and before, and of unions.
const alpha3 = "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB " +
	"BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST " +
	"ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN " +
	"IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD " +
	"MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK " +
	"PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA " +
	"TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE EUR EEA XKX XKK " +
	"ANT ASC ATN BUR CPT CTE DDR DGA DHY FXX HVO JTN MID NHB NTZ PCI PCZ PUS RHO SCG TAA TMP VDR WAK YMD YUG ZAR"

// ReservedCodes lists what Reserved compares with: the three-letter codes of
// countries, and schemes, marks and authorities that exist.
func ReservedCodes() (countries, words []string) {
	return strings.Fields(alpha3), strings.Fields(reservedWords)
}

// Reserved says why a code may not be taken by a scheme of one's own, or "".
// Every code of two letters, alone or before a dash, is kept for a country or a
// union, so that a list of today does not bind one of tomorrow; so are the
// three-letter codes of countries, and the names of schemes and marks that exist,
// alone or as a part between dashes, with look-alike characters folded.
func Reserved(code string) string {
	code = strings.ToUpper(code)
	joined := strings.ReplaceAll(code, "-", "")
	for i, part := range append(strings.Split(code, "-"), joined) {
		if i == 0 && len(part) == 2 && letters(part) {
			return fmt.Sprintf("%s is the form of a country code", part)
		}
		if i == 0 && listed(alpha3, part) {
			return fmt.Sprintf("%s is a country code", part)
		}
		if listed(reservedWords, part) {
			return fmt.Sprintf("%s is a scheme, a mark or an authority that exists", part)
		}
	}
	return ""
}

func letters(s string) bool {
	for _, c := range []byte(s) {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

func listed(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if Fold(w) == Fold(word) && word != "" {
			return true
		}
	}
	return false
}
