//! The report as one page that needs nothing from outside: no script, no font, no picture beside it.

use std::fmt::{self, Write};

use super::facts::Numbers;
use super::picture::picture;
use super::words::{headline, sentences};
use crate::numbers::grouped;

/// A page for paper shows so many kinds of hash; the rest is in the other forms.
const GROUPS: usize = 14;

/// Text between tags or in an attribute.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                other => out.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// The whole page.
#[must_use]
pub fn html(numbers: &Numbers) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Migration to Auth0, {}</title>\n<style>\n{}</style>\n\
         </head>\n<body>\n<main>\n<h1>Migration to Auth0, {}</h1>\n<p class=\"headline\">{}</p>\n",
        numbers.today,
        include_str!("page.css"),
        numbers.today,
        Escaped(&headline(numbers))
    );
    for sentence in sentences(numbers) {
        let _ = writeln!(page, "<p>{}</p>", Escaped(&sentence));
    }
    figure(&mut page, numbers);
    who_is_left(&mut page, numbers);
    left_out(&mut page, numbers);
    weeks(&mut page, numbers);
    page.push_str(
        "</main>\n<footer>Made by narrowgate-migrate from counts alone: this page names no user. \
         All days are UTC.</footer>\n</body>\n</html>\n",
    );
    page
}

fn figure(page: &mut String, numbers: &Numbers) {
    let picture = picture(numbers);
    if picture.is_empty() {
        return;
    }
    let foreseen = if numbers.forecast.is_some() {
        "<span><i class=\"key-likely\"></i>likely, with a band for four of five</span>"
    } else {
        ""
    };
    let bulk = if numbers.in_bulk > 0 {
        "<span><i class=\"key-bulk\"></i>came in bulk</span>"
    } else {
        ""
    };
    let _ = writeln!(
        page,
        "<figure>\n<div class=\"wide\">{picture}</div>\n<figcaption><span><i class=\"key-login\"></i>came by logging in</span>\
         {bulk}<span><i class=\"key-left\"></i>left</span>{foreseen}\
         </figcaption>\n</figure>"
    );
}

fn who_is_left(page: &mut String, numbers: &Numbers) {
    if numbers.groups.is_empty() {
        return;
    }
    table(
        page,
        "Who has no mark yet, by kind of hash",
        "who",
        &["users", "hash", "moves", "needs"],
    );
    for group in numbers.groups.iter().take(GROUPS) {
        let _ = writeln!(
            page,
            "<tr><td class=\"number\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            grouped(group.users),
            Escaped(&group.scheme),
            group.way.told(),
            Escaped(&group.need)
        );
    }
    page.push_str("</tbody></table></div></section>\n");
    let more = numbers.groups.len().saturating_sub(GROUPS);
    if more > 0 {
        let _ = writeln!(page, "<p>{more} more kinds are in the Markdown and JSON forms.</p>");
    }
}

fn left_out(page: &mut String, numbers: &Numbers) {
    if numbers.stopped.is_empty() {
        return;
    }
    table(page, "Left out by the bulk run", "out", &["users", "reason"]);
    for (reason, users) in &numbers.stopped {
        let users = grouped(*users);
        let _ = writeln!(
            page,
            "<tr><td class=\"number\">{users}</td><td>{}</td></tr>",
            Escaped(reason)
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn weeks(page: &mut String, numbers: &Numbers) {
    if numbers.weeks.is_empty() {
        return;
    }
    table(page, "By week", "weeks", &["week from", "by login", "in bulk", "left"]);
    for week in &numbers.weeks {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            week.monday,
            grouped(week.by_login),
            grouped(week.in_bulk),
            grouped(week.left)
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

/// The head of a section with a table, up to its rows. Columns of numbers are set to the right.
fn table(page: &mut String, title: &str, class: &str, columns: &[&str]) {
    let _ = write!(
        page,
        "<section class=\"{class}\"><h2>{title}</h2>\n<div class=\"wide\"><table><thead><tr>"
    );
    for column in columns {
        let number = matches!(*column, "users" | "by login" | "in bulk" | "left");
        let class = if number { " class=\"number\"" } else { "" };
        let _ = write!(page, "<th scope=\"col\"{class}>{column}</th>");
    }
    page.push_str("</tr></thead><tbody>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_a_tag() {
        let text = Escaped("<script>\"'&").to_string();
        assert_eq!(text, "&lt;script&gt;&quot;&#39;&amp;");
    }
}
