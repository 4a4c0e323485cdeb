// Signing with a passkey: fetch a challenge for exactly the digest that the form shows, have it answered, send the form.
for (const button of document.querySelectorAll('[data-sign-with-passkey]')) {
  const form = button.form
  const notice = form.querySelector('[data-passkey-notice]')
  button.hidden = !('credentials' in navigator)
  button.addEventListener('click', async () => {
    notice.hidden = true
    const asked = [...form.elements].filter((one) => one.name !== 'password')
    if (!asked.every((one) => one.reportValidity())) return
    try {
      const query = new URLSearchParams({ shown: form.elements.shown.value })
      const answer = await fetch(`${button.dataset.signWithPasskey}?${query}`)
      const { options } = await answer.json()
      const credential = await window.webauthnJSON.get(options)
      form.elements.passkey.value = JSON.stringify(credential)
      form.submit()
    } catch {
      notice.hidden = false
    }
  })
}
