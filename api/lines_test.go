package api_test

import (
	"net/http"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
)

// What a line comes to, said in the POS's own words, and what makes no sense of it.
func TestLineAmounts(t *testing.T) {
	s := newShop(t)
	of := func(line string) answer {
		return s.ask("POST", "/v1/quote", `{"currency_code":"TRY","member":{"phone":"05321234567"},"line_items":[{`+line+`}]}`)
	}
	for line, want := range map[string][2]int64{
		`"extended_amount":1200`:                                                        {1200, 1200},
		`"extended_amount":1200,"tax":200`:                                              {1200, 1000},
		`"extended_amount":1200,"net_amount":1000,"tax":200`:                            {1200, 1000},
		`"quantity":3,"regular_sales_unit_price":500,"discount_amount":300`:             {1200, 1200},
		`"quantity":3,"regular_sales_unit_price":500,"discount_amount":300,"tax":200`:   {1200, 1000},
		`"quantity":1,"regular_sales_unit_price":22557,"extended_amount":1200`:          {1200, 1200}, // weighed
		`"regular_sales_unit_price":0`:                                                  {0, 0},
		`"extended_amount":0,"tax":0`:                                                   {0, 0},
		`"quantity":2,"regular_sales_unit_price":1,"discount_amount":2,"net_amount":0`:  {0, 0},
		`"extended_amount":1200,"regular_sales_unit_price":1200,"discount_amount":5000`: {1200, 1200},
	} {
		if q := read[api.Quote](s, of(line)); q.Total != want[0] || q.NetTotal != want[1] {
			t.Errorf("%s: total %d, net %d, want %v", line, q.Total, q.NetTotal, want)
		}
	}
	for _, line := range []string{
		``, `"net_amount":5`, `"extended_amount":5,"tax":6`, `"extended_amount":5,"tax":1,"net_amount":5`,
		`"regular_sales_unit_price":5,"discount_amount":6`, `"quantity":9000000000000000000,"regular_sales_unit_price":2`,
	} {
		s.wants(of(line), http.StatusUnprocessableEntity, "bad-basket")
	}
	place := func(store string) answer {
		return s.complete("s-"+store, sale(`"retail_store_id":"`+store+`"`))
	}
	read[api.Completed](s, place(string(s.Till.StoreID)))
	s.wants(place("s2"), http.StatusUnprocessableEntity, "other-store")
}
