# summary.html: what an instructor wants to know of a class. How the points are spread, which
# checks fail most and what lies behind that, what each student has, and what is not judged.
#
# Everything that comes from students passes through @html.

def rows: split("\n") | map(select(. != "") | split("\t"));
def percent(of): if of == 0 then 0 else (100 * . / of | round) end;
def median: sort | if length == 0 then 0 else (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2 end;
def tenths: (. * 10 | round) / 10;
def cell: @html "<td>\(.)</td>";
def number: "<td class=\"n\">\(.)</td>";
def count(one; many): if . == 1 then "1 \(one)" else "\(.) \(many)" end;

# The name that belongs to a number.
def student($students): . as $number | [$students[] | select(.[0] == $number)][0][3] // $number;

# How many of a lab's scores lie in each tenth of its points, as bars that a screen reader and a
# printer can follow.
def histogram:
  . as $labs
  | [range(10)] | map(
      . as $tenth
      | [$labs[] | select(.max_score > 0)
         | ([9, (10 * .score / .max_score | floor)] | min) | select(. == $tenth)] | length)
  | (max // 0) as $most
  | to_entries | map(
      "<tr><th scope=\"row\">\(.key * 10)–\(if .key == 9 then 100 else .key * 10 + 9 end) %</th>"
      + (.value | number)
      + "<td class=\"bar\"><span style=\"width:\(.value | percent($most))%\"></span></td></tr>")
  | join("\n");

# The checks of a lab by how many students fail them. A skipped one is counted apart: it says
# nothing of its own.
def failures($tests):
  $tests | group_by(.name) | map({
      name: (.[0].name | split("/")[1]),
      of: length,
      failed: map(select(.status == "failed" and .skipped == false)) | length,
      skipped: map(select(.skipped)) | length,
      causes: ([.[].extra_data.cause // empty] | group_by(.)
               | map({text: .[0], times: length}) | sort_by(-.times))})
  | map(select(.failed + .skipped > 0)) | sort_by(-.failed, -.skipped, .name)
  | map("<tr>" + (.name | cell) + (.failed | number)
        + (.skipped | number)
        + "<td>\(.causes[:2] | map(@html "\(.text)" + " (\(.times))") | join("<br>"))</td></tr>")
  | join("\n");

def lab_section($lab; $labs; $tests):
  ($labs | map(.score)) as $scores
  | @html "<h2 id=\"\($lab)\">\($lab)</h2>"
  + "<p>\($scores | length | count("submission"; "submissions")); of \($labs[0].max_score) points"
  + " the median is \($scores | median), the mean \((($scores | add // 0) / ([1, ($scores | length)] | max)) | tenths)"
  + "; \([$labs[] | select(.score == .max_score)] | length) with all points"
  + ", \([$labs[] | select(.refusal)] | length) refused"
  + ", \([$labs[] | select(.deduction > 0)] | length) with points taken off for being late.</p>"
  + "<table><caption>How the points are spread</caption><tr><th scope=\"col\">points</th>"
  + "<th scope=\"col\">students</th><td></td></tr>\n\($labs | histogram)</table>"
  + "<table><caption>Checks that fail</caption><tr><th scope=\"col\">check</th>"
  + "<th scope=\"col\">failed</th><th scope=\"col\">not run</th>"
  + "<th scope=\"col\">likely causes (students)</th></tr>\n\(failures($tests))</table>";

# What to teach next: the likely causes over all labs, by the number of students.
def mistakes:
  map(select(.extra_data.symptom)) | group_by(.extra_data.symptom)
  | map({cause: .[0].extra_data.cause, students: (map(.student) | unique | length),
         checks: (map(.name) | unique)})
  | sort_by(-.students, .cause) | .[:15]
  | map("<tr>" + (.students | number) + (.cause | cell) + (.checks | join(", ") | cell) + "</tr>")
  | join("\n");

def style:
  ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:1rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}caption{text-align:left;font-weight:bold}
th,td{padding:.2rem .6rem;text-align:left;vertical-align:top;border-top:1px solid #8886}.n{text-align:right}
.bar{min-width:12rem}.bar span{display:block;height:1em;background:#2a7ab8}code{overflow-wrap:anywhere}
@media print{.bar span{print-color-adjust:exact}}";

($folders | rows) as $students
| ($failed | rows) as $failed
| ($not_placed | rows) as $not_placed
| . as $results
| [$results[].extra_data.labs[]] as $all
| [$results[] | .folder as $folder | [.extra_data.labs[] | select(.refusal) | .lab] as $refused
   | .tests[] | select((.name | split("/")[0]) as $lab | $refused | index($lab) | not)
   | . + {student: $folder, skipped: (.output | startswith("not run, because of"))}] as $tests
| ([$all[].lab] | unique) as $labs
| "<!DOCTYPE html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<title>Class summary</title><style>\(style)</style></head><body><main>
<h1>Class summary</h1>
<p>\($students | length | count("student"; "students")), \($all | length | count("submission"; "submissions")) graded\(
  if $failed == [] then "" else ", <a href=\"#failed\">\($failed | length) without a verdict</a>" end)\(
  if $not_placed == [] then "" else ", <a href=\"#not-placed\">\($not_placed | length | count("file"; "files")) not placed</a>" end).</p>
<ul>
<li>Rubric: \([$all[] | (.rubric // "the labs’ own points") | split("\n")[0]] | unique | map(@html "\(.)") | join("; "))</li>
<li>Isolation: \([$all[].isolation] | group_by(.) | map("\(.[0]) (\(length))") | join(", "))</li>
<li>Graded\(if $all == [] then "" else
  " from \([$all[].graded] | min | todate) to \([$all[].graded] | max | todate)" end); of a submission
  the median is \([$all[].seconds] | median | tenths) s on the clock, \([$all[].processor_seconds] | median | tenths) s of processor;
  \([$all[].processor_seconds] | add // 0 | round) s of processor in all</li>
</ul>",
  "<h2>Likely mistakes</h2><table><tr><th scope=\"col\">students</th>
<th scope=\"col\">what lies behind it</th><th scope=\"col\">checks that showed it</th></tr>",
  ($tests | mistakes), "</table>",
  ($labs[] as $lab | lab_section($lab; [$all[] | select(.lab == $lab)];
     [$tests[] | select(.name | startswith($lab + "/"))])),
  "<h2>Students</h2><table><tr><th scope=\"col\">student</th>\($labs | map(@html "<th scope=\"col\">\(.)</th>") | join(""))</tr>",
  ($students[] | . as [$number, $id, $login, $name, $folder]
   | [$results[] | select(.folder == $folder)][0] as $result
   | "<tr><td>"
     + (if $result then @html "<a href=\"students/\($folder | @uri)/report.html\">\($name)</a>"
        else @html "\($name)" end) + "</td>"
     + ([$labs[] as $lab
         | ([$result.extra_data.labs[]? | select(.lab == $lab)][0]) as $one
         | (if $one == null then "–" else "\($one.score)\(if $one.refusal then " refused" else "" end)\(
             if $one.deduction > 0 then " (late: −\($one.deduction))" else "" end)" end) | number]
        | join("")) + "</tr>"),
  "</table>",
  (if $failed == [] then empty else
    "<h2 id=\"failed\">Without a verdict</h2><p>The grader could not do its work on these; nothing is taken or given. Run the same command again to try once more.</p><table><tr><th scope=\"col\">student</th><th scope=\"col\">lab</th><th scope=\"col\">why</th></tr>",
    ($failed[] | . as [$number, $lab, $why]
     | "<tr>" + ($number | student($students) | cell) + ($lab | cell) + ($why | cell) + "</tr>"),
    "</table>" end),
  (if $not_placed == [] then empty else
    "<h2 id=\"not-placed\">Not placed</h2><p>These were handed in and are nobody’s graded work.</p><table><tr><th scope=\"col\">student</th><th scope=\"col\">what</th><th scope=\"col\">why</th></tr>",
    ($not_placed[] | . as [$number, $path, $why]
     | "<tr>" + ($number | student($students) | cell) + ($path | cell) + ($why | cell) + "</tr>"),
    "</table>" end),
  "</main></body></html>"
