package condition
import ("testing";"fmt";"time";"cel.dev/cel-go/cel";"github.com/loyaltyd/loyaltyd/ledger";"strconv")
func TestCost(t *testing.T){
 e:=environment()
 f:=&Facts{Basket:&Basket{}}
 for i:=range 1000 { l:=ledger.Line{SKU:"SKU-000000000000000000000000000000000000000000000000000000000"+strconv.Itoa(i)}; for j:=range 64 {l.Categories=append(l.Categories,"category-000000000000000000000000000000000000000000000000000000"+strconv.Itoa(j))}; f.Basket.Lines=append(f.Basket.Lines,l)}
 for _,x:=range []string{`member.tier == "vib"`, `"fragrance" in line.categories`, `basket.lines.exists(l, "coffee" in l.categories)`,`basket.lines.exists(l, l.categories.exists(c, c.startsWith("coffee")))`,
 `basket.lines.exists(l, l.sku == "x" && basket.lines.exists(m, m.sku == "y"))`,
 `basket.lines.exists(l, basket.lines.exists(m, m.sku == "y"))`,
 `basket.lines.exists(l, l.sku == "x" && basket.lines.exists(m, m.sku != l.sku && m.net >= l.net && "x" in m.categories))`,
 `basket.lines.all(l, basket.lines.all(m, m.net == l.net && !("x" in m.categories)))`,
 `basket.lines.exists(l, l.categories.exists(c, basket.lines.exists(m, c in m.categories)))`,
 `basket.lines.exists(l, basket.lines.exists(m, basket.lines.exists(n, n.net == m.net)))`,
 } {
  a,iss:=e.Compile(x); if iss.Err()!=nil{t.Fatal(iss.Err())}
  est,err:=e.EstimateCost(a,bounds{})
  fmt.Println(x,"\n\t",est,err)
  if est.Max>200000000 {continue}
  for _,opt:=range [][]cel.ProgramOption{{cel.EvalOptions(cel.OptOptimize)},{cel.EvalOptions(cel.OptOptimize),cel.CostLimit(1<<40)}}{
  p,_:=e.Program(a,opt...)
  s:=time.Now(); n:=0
  var det *cel.EvalDetails
  for time.Since(s)<100*time.Millisecond{ _,det,err=p.Eval((*activation)(f)); n++}
  fmt.Print("\t",time.Since(s)/time.Duration(n)," ",err); if det.ActualCost()!=nil{fmt.Print(" cost ",*det.ActualCost())}; fmt.Println()
  }
 }
}
