package page

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
)

type language struct{ Tag, Name string }

// languages are those of the pages; the first is the one to fall back to.
var languages = []language{{"en", "English"}, {"de", "Deutsch"}, {"fr", "Français"}, {"ja", "日本語"}}

// words are the texts of the pages by language and key; {name} stands for a value.
var words = readWords()

func readWords() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, l := range languages {
		b, err := files.ReadFile("words/" + l.Tag + ".json")
		if err != nil {
			panic(err) // broken embedded data, found at start
		}
		var w map[string]string
		if err := json.Unmarshal(b, &w); err != nil {
			panic(err)
		}
		all[l.Tag] = w
	}
	return all
}

// wordsModule gives the same texts to the script.
func wordsModule() ([]byte, error) {
	b, err := json.Marshal(words)
	if err != nil {
		return nil, err
	}
	tags, err := json.Marshal(languages)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "// The texts of the page by language, made from the files of package page.\nexport const words = %s;\nexport const languages = %s;\n", b, tags), nil
}

// say fills a text: pairs are the names of its values and the values.
func say(lang, key string, pairs ...string) string {
	text, ok := words[lang][key]
	if !ok {
		text = words["en"][key]
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// date writes the day of t in UTC.
func date(lang string, t time.Time) string {
	t = t.UTC()
	d := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		d = words[lang]["date.first"]
	}
	return say(lang, "date.form", "day", d, "month", words[lang]["month."+strconv.Itoa(int(t.Month()))], "year", strconv.Itoa(t.Year()))
}

// moment writes t in UTC to the minute.
func moment(lang string, t time.Time) string {
	return say(lang, "moment.form", "date", date(lang, t), "time", t.UTC().Format("15:04"))
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"say": say, "date": date, "moment": moment, "steps": steps, "pin": integrity,
}).ParseFS(files, "site/*.tmpl"))

// steps draws a level: as many full marks as it has, of all there are.
func steps(level, levels uint8) string {
	return strings.Repeat("●", int(level)) + strings.Repeat("○", max(0, int(levels)-int(level)))
}
