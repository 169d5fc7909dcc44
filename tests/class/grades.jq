# grades.csv: a row for each student, a column for each lab, as Canvas imports it (its five
# leading columns; a column that it does not know becomes an assignment) and Moodle too (which
# asks what each column is). A cell is empty where there is no verdict: nothing handed in, or
# nothing that the grader could judge.

# A spreadsheet takes a cell that begins like a formula for one; names are the students' to choose.
def harmless: if test("^[=+@\t\r-]") then "'" + . else . end;

. as $results
| [$jobs | split("\n")[] | select(. != "") | split("\t")[1]] | unique as $labs
| ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"] + $labs,
  ($folders | split("\n")[] | select(. != "") | split("\t")
   | . as [$number, $id, $login, $name, $folder]
   | ([$results[] | select(.folder == $folder) | .extra_data.labs[]
       | {key: .lab, value: .score}] | from_entries) as $scores
   | [$name, $id, "", $login, ""] | map(harmless)
   | . + [$labs[] as $lab | $scores[$lab]])
| @csv
