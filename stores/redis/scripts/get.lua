local lease, broken = read()
if broken then return broken end
if not lease then return 0 end
return answer(1, lease)
