package api

import (
	_ "embed"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

// exampleDay is the business day of the examples.
const exampleDay = "2026-11-22"

// examples are a body of each call, as a POS would send it; a test sends them.
var examples = map[string]string{
	"complete-sale": `{"business_day_date":"` + exampleDay + `","workstation_id":"3","sequence_number":1002,"currency_code":"TRY","operator_id":"7",
		"line_items":[{"sku":"milk","extended_amount":1999,"net_amount":1666,"categories":["food"]}],
		"tenders":[{"tender_type":"cash","amount":1999}],"member":{"phone":"0532 123 45 67"}}`,
	"open-sale":      `{"business_day_date":"` + exampleDay + `"}`,
	"identify":       `{"business_day_date":"` + exampleDay + `","phone":"0532 123 45 67"}`,
	"void-sale":      `{"business_day_date":"` + exampleDay + `"}`,
	"return-sale":    `{"business_day_date":"` + exampleDay + `","return_id":"R-17","amount":500,"transaction_link":{"workstation_id":"3","sequence_number":1001}}`,
	"confirm-sale":   `{"business_day_date":"` + exampleDay + `","member":{"phone":"0532 123 45 67","proof":"presented"}}`,
	"claim-receipt":  `{"code":"LC1-…","member":{"phone":"0532 123 45 67"}}`,
	"lookup-member":  `{"phone":"0532 123 45 67"}`,
	"enroll-member":  `{"enroll_id":"0b7cf1f2-3b54-4c8e-9a53-7d7b6f3c2a11","phone":"0532 765 43 21","name":"Ayşe Yılmaz","birth_month":4}`,
	"tell-activity":  `{"on":"check_in","ref":"c-17","member":{"phone":"0532 123 45 67"}}`,
	"name-member":    `{"name":"Ayşe Yılmaz"}`,
	"set-member-pin": `{"pin":"2580","proof":"presented"}`,
	"sign-on":        `{"operator_id":"7","pin":"4875"}`,
	"adjust-member":  `{"adjust_id":"0b7cf1f2-3b54-4c8e-9a53-7d7b6f3c2a12","member":{"phone":"0532 123 45 67"},"amount":50,"reason":"goodwill: torn bag"}`,
	"print":          `{"print_id":"P-1001","lines":["  CORNER SHOP","milk               19.99"]}`,
	"show":           `{"lines":["milk           19.99","Total          19.99"],"seconds":60}`,
	"press-keys":     `{"keys":"05321234567="}`,
	"choose-reward":  `{"reward":"five"}`,
	"quote": `{"currency_code":"TRY","line_items":[{"sku":"milk","extended_amount":1999}],
		"member":{"phone":"0532 123 45 67"},"departments":["food"],"redeem":[{"reward":"five","times":1}]}`,
	"place-hold": `{"hold_id":"0193b2a4-5f2e-7c11-8a3b-0c9f3d5e7a10","sale_id":"S-1002","member":{"phone":"0532 123 45 67"},"reward":"five"}`,
}

// answers are an answer of each call, as the till gave it to the example; a test
// makes them (-update).
//
//go:embed answers.json
var answers []byte

// exemplify puts the examples into the description.
func exemplify(calls []*huma.Operation) {
	var told map[string]json.RawMessage
	if err := json.Unmarshal(answers, &told); err != nil {
		panic(err) // our own file
	}
	for _, op := range calls {
		if op.RequestBody != nil {
			exemplifyContent(op.RequestBody.Content, json.RawMessage(examples[op.OperationID]))
		}
		if answer := op.Responses["200"]; answer != nil {
			exemplifyContent(answer.Content, told[op.OperationID])
		}
	}
}

func exemplifyContent(of map[string]*huma.MediaType, example json.RawMessage) {
	if content := of["application/json"]; content != nil && len(example) > 0 {
		content.Example = example
	}
}
