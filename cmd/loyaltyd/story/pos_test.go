package story_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
)

// complete sends one sale of one line and reads the whole answer.
func (p *pos) complete(saleID string, amount int64, phone string) (status int, answer []byte, err error) {
	return p.post("sales/"+saleID+"/complete", map[string]any{
		"business_day_date": p.day, "currency_code": "TRY", "operator_id": p.operator,
		"line_items": []map[string]any{{"sku": "A", "extended_amount": amount}},
		"tenders":    []map[string]any{{"tender_type": "cash", "amount": amount}},
		"member":     map[string]any{"phone": phone},
	})
}

// posSale is what a POS reads of the answer to a sale.
type posSale struct {
	SaleID   string `json:"sale_id"`
	Terminal string `json:"terminal_id"`
	Earned   int64  `json:"earned"`
	Redeemed int64  `json:"redeemed"`
}

// sell sends a sale to her, with rewards; false where it is refused.
func (p *pos) sell(saleID string, amount int64, rewards ...string) (sale posSale, ok bool) {
	p.t.Helper()
	status, answer, err := p.post("sales/"+saleID+"/complete", map[string]any{
		"business_day_date": p.day, "currency_code": "TRY", "redeem": rewards,
		"line_items": []map[string]any{{"sku": "A", "extended_amount": amount}},
		"member":     map[string]any{"phone": shop.Ayse},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if status != http.StatusOK && len(rewards) == 0 {
		p.t.Fatalf("a sale of %d: status %d: %s", amount, status, answer)
	}
	if status == http.StatusOK {
		if err := json.Unmarshal(answer, &sale); err != nil {
			p.t.Fatal(err)
		}
	}
	return sale, status == http.StatusOK
}

// takeBack returns all of a sale, whichever till made it.
func (p *pos) takeBack(sale posSale) {
	p.t.Helper()
	status, answer, err := p.post("sales/"+sale.SaleID+"/return", map[string]any{
		"business_day_date": p.day, "terminal_id": sale.Terminal, "return_id": "R-" + p.address, "all": true,
	})
	if err != nil || status != http.StatusOK {
		p.t.Fatalf("a return of %s: status %d: %s %v", sale.SaleID, status, answer, err)
	}
}

func (p *pos) post(path string, message map[string]any) (status int, answer []byte, err error) {
	body, err := json.Marshal(message)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://%s/v1/%s", p.address, path), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
