package pages_test

import (
	"net/http"
	"strings"
	"testing"
)

// In Turkish points are puan wherever a page counts them, one or several; in English
// they are called as the program has them.
func TestUnitsInTurkish(t *testing.T) {
	s := newShop(t)
	s.manage()
	s.post("/login", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	s.get("/checkout?lang=tr")
	s.post("/checkout/keys", "keys", ana+"=").wants(t, http.StatusOK, "700 puan", "burada 700 puan harcanabilir")
	s.post("/checkout/keys", "keys", "100").wants(t, http.StatusOK, "1 puan kazanır")
	s.post("/checkout/keys", "keys", "=").wants(t, http.StatusOK, `<p class="earned">+1 puan</p>`, "şimdi 701 puan")
	for _, path := range []string{"/checkout/sales", "/store"} {
		a := s.get(path)
		if a.wants(t, http.StatusOK, "1 puan"); strings.Contains(a.body, "1 point") {
			t.Errorf("%s in Turkish:\n%s", path, a.body)
		}
	}
	s.get("/store?lang=en").wants(t, http.StatusSeeOther)
	s.get("/store").wants(t, http.StatusOK, "1 point<")
}
