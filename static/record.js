// The desk of the record: one box whose lines are sent one by one, what is read from a line shown before it is sent,
// names after @, the keys (they are listed on the page).
// A line leaves the box at once and waits below it until the server has it. Until then it lies in this tab's session
// storage, under a key of its own: a reload, a lost connection or an ended sign-in loses none, and none is written twice.
// Listens on the window, before portal.js, since Ctrl+Enter in a text would submit its form.
(() => {
  const { all, on, isComposing, two } = window.portal
  const find = (selector, root = document) => root.querySelector(selector)
  const me = document.body.dataset.user, STORE = `lines:${me}`, RETRY = 4000, REST = 350
  const box = () => find('#box'), field = () => find('#line')
  const make = (tag, values = {}, ...inside) => { const made = Object.assign(document.createElement(tag), values); made.append(...inside); return made }

  // ── what is not sent yet ──
  const store = (key, value) => { try { value ? sessionStorage.setItem(key, value) : sessionStorage.removeItem(key) } catch { /* full: it still stands in the page */ } }
  const draft = () => `draft:${me}:line:${box().dataset.item}`
  let queue = [], sending = false, timer = 0, trouble = ''
  try { queue = JSON.parse(sessionStorage.getItem(STORE)) ?? [] } catch { /* nothing was kept */ }

  function show() {
    store(STORE, queue.length ? JSON.stringify(queue) : '')
    const out = find('[data-sign-out]')
    if (out) queue.length ? out.dataset.confirm = `还有 ${queue.length} 行没有送达，退出后就没有了。确定退出吗？` : delete out.dataset.confirm
    if (!box()) return
    find('#queue').replaceChildren(...queue.filter(one => one.item === box().dataset.item).map(row))
    const elsewhere = queue.filter(one => one.item !== box().dataset.item).length
    if (queue.length) tell(`${trouble || '正在送出…'}${elsewhere ? `（另有 ${elsewhere} 行是别的议题的）` : ''}`, trouble ? 'bad' : 'busy')
  }
  function row(one) {
    const line = make('li', { className: 'soon' }, make('p', { textContent: one.text }), make('span', { className: 'hint', textContent: one.refused ?? (trouble ? '暂存在这台电脑上，恢复后自动送出' : '正在送出…') }))
    if (one.refused) line.append(make('span', { className: 'side' }, make('button', { type: 'button', className: 'btn small', textContent: '放回输入框', onclick: () => back(one) })))
    return line
  }
  function back(one) {
    queue = queue.filter(other => other !== one)
    put(`${one.text}${field().value ? `\n${field().value}` : ''}`)
    show()
    tell('')
  }
  function tell(text, kind = '') {
    const place = find('#line-saved')
    if (place) Object.assign(place, { textContent: text, className: `saved ${kind}` })
  }
  function put(text) {
    field().value = text
    field().dispatchEvent(new Event('input', { bubbles: true }))
    field().focus()
  }

  function take() {  // the line leaves the box
    const text = field().value.trim()
    if (!text) return
    queue.push({ key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, item: box().dataset.item, address: box().getAttribute('action'), text })
    put('')
    show()
    send()
  }
  async function send() {
    clearTimeout(timer)
    const one = queue.find(other => !other.refused)
    if (sending || !one) return
    sending = true
    let goesOn = false
    try { goesOn = await post(one) } catch { trouble = '连接断开，正在重试…' }
    sending = false
    show()
    if (goesOn) send()
    else timer = setTimeout(send, RETRY)
  }
  async function post(one) {
    const lines = find('#lines'), shown = () => box()?.dataset.item === one.item
    const query = shown() && lines ? new URL(lines.getAttribute('hx-get'), location).search : ''  // which line is being edited
    const answer = await fetch(one.address + query, {
      method: 'POST', body: new URLSearchParams({ text: one.text, key: one.key }), redirect: 'manual', signal: AbortSignal.timeout(20000),
      headers: { 'X-CSRFToken': document.body.dataset.csrf, 'HX-Request': 'true' },
    })
    const text = await answer.text()
    if (answer.ok) {
      queue = queue.filter(other => other !== one)
      trouble = ''
      find('#sign-in-again')?.remove()
      show()
      if (shown()) await window.htmx.swap({ text, target: '#lines', swap: 'outerMorph', sourceElement: find('#lines') })
      const now = new Date()
      tell(`已记下 ${two(now.getHours())}:${two(now.getMinutes())}`)
      return true
    }
    if ([0, 400, 401].includes(answer.status) && !one.renewed) return renew(one)
    if (answer.status >= 500 || answer.status === 429 || answer.status === 0 || answer.status === 401) { trouble = '服务器暂时没有答复，正在重试…'; one.renewed = false; return false }
    one.refused = find('p', new DOMParser().parseFromString(text, 'text/html'))?.textContent ?? '没有记下，请重试。'
    return true
  }
  async function renew(one) {  // the sign-in has ended, or another tab began a new one: take up that one's token
    const answer = await fetch(one.address, { headers: { 'HX-Request': 'true' }, redirect: 'manual' })
    const page = answer.ok && find('#lines', new DOMParser().parseFromString(await answer.text(), 'text/html'))
    if (!page) {
      trouble = '登录已过期，写下的都暂存着。'
      ask()
      return false
    }
    if (page.dataset.user !== me) { trouble = '这个浏览器已换别人登录，写下的没有送出。'; return false }
    adopt(page.dataset.csrf)
    one.renewed = true
    return true
  }
  function adopt(token) {
    document.body.dataset.csrf = token
    document.body.setAttribute('hx-headers:inherited', JSON.stringify({ 'X-CSRFToken': token }))
    all('input[name="csrf_token"]').forEach(input => { input.value = token })
    find('#sign-in-again')?.remove()
  }

  // ── signing in again, right here: the cursor stays where it is, the page is never left ──
  function ask() {
    if (find('#sign-in-again')) return
    const link = make('a', { href: '/login', target: '_blank', className: 'link', textContent: '在新窗口登录' })
    const place = make('div', { className: 'again', id: 'sign-in-again' }, make('p', {}, '登录已过期，写下的都还在。请在这里登录，或', link, '，随后自动送出。'))
    place.setAttribute('role', 'alert')
    find('.box').prepend(place)
    enter(place)
  }
  async function enter(place, body) {  // the form of the sign-in page, and again with what is wrong with what was typed
    const answer = await fetch('/login', { method: body ? 'POST' : 'GET', body, redirect: 'manual', signal: AbortSignal.timeout(20000) }).catch(() => null)
    if (!place.isConnected) return
    if (answer?.type === 'opaqueredirect') {
      if (await renew({ address: box().getAttribute('action') })) send()
      return show()
    }
    const form = answer && find('main form', new DOMParser().parseFromString(await answer.text(), 'text/html'))
    if (!form) return tell('连接断开，请稍后再登录。', 'bad')
    form.querySelectorAll('[autofocus]').forEach(input => input.removeAttribute('autofocus'))
    form.onsubmit = event => { event.preventDefault(); enter(place, new URLSearchParams(new FormData(form))) }
    const focused = place.contains(document.activeElement)
    find('form', place)?.remove()
    place.append(form)
    if (focused) form.elements.password.focus()
  }
  addEventListener('online', send)
  on('visibilitychange', () => { if (!document.hidden) send() })
  on('signed-out', () => { if (box()) ask() })
  addEventListener('beforeunload', event => { if (queue.length) event.preventDefault() })
  on('submit', event => {  // portal.js has stopped it already where an input method is still composing
    if (event.target.id !== 'box' || !me) return
    event.preventDefault()
    event.stopImmediatePropagation()
    take()
  }, true)

  // ── what is read from the line, before it is sent ──
  let asked = 0, rest = 0
  async function read() {
    const number = ++asked, text = field().value.trim(), place = find('#chips')
    if (!text) return place.replaceChildren()
    const answer = await fetch(box().dataset.reading, {
      method: 'POST', body: new URLSearchParams({ text: text.slice(0, 2000) }), redirect: 'manual',
      headers: { 'X-CSRFToken': document.body.dataset.csrf, 'HX-Request': 'true' },
    }).catch(() => null)
    if (answer?.ok && number === asked && field()) {
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      if (number === asked) place.replaceChildren(...page.body.childNodes)
    }
  }
  on('settled', event => {
    if (event.target !== field()) return
    store(draft(), field().value)
    clearTimeout(rest)
    rest = setTimeout(() => { if (field()) read() }, field().value.trim() ? REST : 0)
    suggest()
  })

  // ── names after @ ──
  let names = null, found = [], at = 0
  const list = () => find('#names')
  const asking = () => field()?.value.slice(0, field().selectionStart).match(/[@＠]([^\s@＠，。；：！、]*)$/)
  const directory = () => names ??= fetch(find('#desk').dataset.names, { redirect: 'manual' }).then(answer => answer.ok ? answer.json() : Promise.reject(answer)).catch(() => { names = null; return [] })
  async function suggest() {
    if (!asking()) return close()
    const known = await directory(), hit = asking()
    if (!hit) return close()
    const word = hit[1].toLowerCase(), rank = ([name, , more]) => name.startsWith(word) ? 0 : name.includes(word) ? 1 : more.toLowerCase().split(' ').some(one => one.startsWith(word)) ? 2 : 3
    found = known.map(one => [rank(one), one]).filter(([place]) => place < 3).sort((a, b) => a[0] - b[0]).slice(0, 8).map(([, one]) => one)
    at = 0
    found.length && found.every(([name]) => name !== hit[1]) ? draw() : close()
  }
  function draw() {
    const box = list() ?? make('ul', { id: 'names', className: 'names' })
    box.setAttribute('role', 'listbox')
    box.setAttribute('aria-label', '人或单位')
    box.replaceChildren(...found.map(([name, about], number) => {
      const line = make('li', { id: `name-${number}`, onmousedown: event => { event.preventDefault(); at = number; choose() } }, make('b', { textContent: name }), make('span', { className: 'hint', textContent: about }))
      line.setAttribute('role', 'option')
      line.setAttribute('aria-selected', String(number === at))
      return line
    }))
    field().after(box)
    field().setAttribute('aria-controls', 'names')
    field().setAttribute('aria-activedescendant', `name-${at}`)
  }
  function close() {
    list()?.remove()
    for (const name of ['aria-controls', 'aria-activedescendant']) field()?.removeAttribute(name)
  }
  function choose() {
    const end = field().selectionStart, hit = asking()
    close()
    if (!hit) return
    field().setRangeText(`@${found[at][0]} `, end - hit[0].length, end, 'end')
    field().dispatchEvent(new Event('input', { bubbles: true }))
  }
  const move = step => { at = (at + step + found.length) % found.length; draw() }
  on('focusout', event => { if (event.target === field()) close() })

  // ── keys ──
  const click = selector => find(selector)?.click()
  const turn = way => { if (field()?.value.trim()) take(); click(`[data-turn="${way}"]`) }
  const outcome = number => all('[name="state"]', find('#words'))[number - 1]?.click()
  addEventListener('keydown', event => {
    const { key, altKey, ctrlKey, metaKey, code } = event
    if (isComposing() || event.isComposing || event.keyCode === 229 || !find('#desk')) return
    const plain = !altKey && !ctrlKey && !metaKey, digit = code.match(/^(?:Digit|Numpad)([123])$/)
    const choosing = list() && plain && { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: choose, Tab: choose, Escape: close }[key]
    const act = choosing || {
      Enter: altKey && !ctrlKey && (() => click('[data-task]')),
      ArrowDown: altKey && !ctrlKey && (() => turn('next')),
      ArrowUp: altKey && !ctrlKey ? () => turn('prev') : plain && event.target === field() && !field().value && (() => all('#lines [data-edit]').at(-1)?.click()),
      Escape: plain && event.target.closest('.editing') && (() => click('[data-cancel]')),
    }[key] || (digit && ctrlKey && altKey && (() => outcome(digit[1])))
    if (!act) return
    event.preventDefault()
    event.stopImmediatePropagation()
    act()
  }, true)

  // ── phrases, days, the choice of Enter ──
  on('click', event => {
    const day = event.target.closest('[data-due]'), phrase = event.target.closest('[data-phrase]')
    if (day) Object.assign(day.closest('form').elements.due, { value: day.dataset.due }).focus()
    if (phrase) {
      phrase.closest('details').open = false
      put(field().value + phrase.dataset.phrase)
    }
  })
  on('change', event => {
    if (!event.target.matches('[data-enter-choice]')) return
    localStorage.setItem('enter', event.target.checked ? '1' : '')
    field().toggleAttribute('data-enter', event.target.checked)
    field().focus()
  })

  // ── paste from Word ──
  on('paste', async event => {
    const html = event.clipboardData?.getData('text/html'), place = event.target
    if (!place.matches?.('#line, .editing textarea') || !/<(p|li|tr|h\d|div|br)[\s>/]/i.test(html)) return
    event.preventDefault()
    const plain = event.clipboardData.getData('text/plain')
    const answer = await fetch('/pasted', { method: 'POST', body: new URLSearchParams({ html }), headers: { 'X-CSRFToken': document.body.dataset.csrf } }).catch(() => null)
    place.setRangeText(answer?.ok ? await answer.text() : plain, place.selectionStart, place.selectionEnd, 'end')
    place.dispatchEvent(new Event('input', { bubbles: true }))
  })

  // ── each time an item comes on the desk ──
  let here, editing = false
  function begin() {
    if (!box() || box() === here) return
    here = box()
    field().toggleAttribute('data-enter', localStorage.getItem('enter') === '1')
    find('[data-enter-choice]').checked = field().hasAttribute('data-enter')
    const kept = sessionStorage.getItem(draft())
    if (kept && !field().value) put(kept)
    show()
    setTimeout(directory, 1000)
  }
  on('htmx:after:swap', () => {
    begin()
    const lines = find('#lines')
    if (find('#sign-in-again') && lines?.dataset.user === me) adopt(lines.dataset.csrf)
    const edited = editing  // a form that was saved or left gives the cursor back
    editing = Boolean(find('.editing'))
    if (edited && !editing && document.activeElement === document.body) field()?.focus()
  })
  begin()
  send()
})()
