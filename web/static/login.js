// A link of `shanty open` has its ticket behind the #, which no browser sends to a server.
const ticket = location.hash.slice(1);
if (ticket) {
  history.replaceState(null, "", location.pathname);
  const form = document.forms[0];
  form.elements.ticket.value = ticket;
  form.submit();
}
